// All records of a kader, or those in one state, drawn a piece at a time.

import { h } from '../dom.js';
import { entries, rows } from '../records.js';
import { photosOf } from '../photos.js';
import { t, when } from '../words.js';

const PIECE = 60;

/** @param {import('../main.js').App} app @param {string} state */
export async function recordList(app, state) {
  const session = /** @type {import('../accounts.js').Session} */ (app.session);
  const [all, photos] = await Promise.all([rows(session.account), photosOf(session.account)]);
  const shown = all.filter((row) => !state || row.state === state);
  const list = h('ul.records');
  const more = h('button', { onclick: () => draw() }, t('more_records'));
  let at = 0;
  const draw = async () => {
    const piece = shown.slice(at, at + PIECE);
    at += PIECE;
    more.hidden = at >= shown.length;
    for (const one of await entries(session, piece)) list.append(item(one, photos.filter((photo) => photo.record === one.row.id)));
  };
  await draw();
  return [
    h('a.back', { href: '/tablet/#/day' }, `‹ ${t('back')}`),
    h('h1', { tabindex: -1 }, state ? t(`state_${state}`) : t('my_records')),
    shown.length ? list : h('p.card', null, t('nothing_yet')),
    more,
  ];
}

/** @param {import('../records.js').Entry} one @param {import('../photos.js').Photo[]} photos */
function item({ row, content }, photos) {
  const declared = content?.wire?.photos?.length ?? 0;
  const to = row.state === 'draft' && content ? `/tablet/#/form/${row.id}` : `/tablet/#/record/${row.id}`;
  const name = content ? content.wire?.full_name || t('no_name') : t('damaged');
  return h('li', null, h('a', { href: to },
    h('strong', null, name), h('span.quiet', null, when(row.captured_at)),
    h('span', { class: `state ${row.state}` }, t(`state_${row.state}`),
      photos.length ? ` · ${t('photos_to_send', { sent: Math.max(0, declared - photos.length), all: Math.max(declared, photos.length) })}` : '')));
}
