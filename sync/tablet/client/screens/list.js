// All records of a kader, or those in one state, drawn a piece at a time.

import { heads } from '../checking.js';
import { h } from '../dom.js';
import { entries, kindOf, rows } from '../records.js';
import { photosOf } from '../photos.js';
import { objects } from '../reference.js';
import { dayOf, t, when } from '../words.js';

const PIECE = 60;

/** @param {import('../main.js').App} app @param {string} state  or a kind: its records, those to come back to soonest first */
export async function recordList(app, state) {
  const session = /** @type {import('../accounts.js').Session} */ (app.session);
  const [all, photos] = await Promise.all([rows(session.account), photosOf(session.account)]);
  const isKind = state === 'lead';
  const shown = all.filter((row) => !state || (isKind ? kindOf(row) : row.state) === state);
  if (isKind) shown.sort((one, other) => ((one.due ?? '~') < (other.due ?? '~') ? -1 : Number(one.due !== other.due)));
  const list = h('ul.records');
  const more = h('button', { onclick: () => draw() }, t('more_records'));
  let at = 0;
  const draw = async () => {
    const piece = shown.slice(at, at + PIECE);
    at += PIECE;
    more.hidden = at >= shown.length;
    const ids = new Set(piece.map((row) => row.id));
    const answers = await entries(session, all.filter((row) => row.about && ids.has(row.about)));
    for (const one of await entries(session, piece)) list.append(item(one, photos.filter((photo) => photo.record === one.row.id), openQuestions(one, answers)));
  };
  await draw();
  return [
    h('a.back', { href: '/tablet/#/day' }, `‹ ${t('back')}`),
    h('h1', { tabindex: -1 }, isKind ? t('leads') : state ? t(`state_${state}`) : t('my_records')),
    shown.length ? list : h('p.card', null, t(isKind ? 'leads_none' : 'nothing_yet')),
    more,
  ];
}

/** How many of the server's doubts the kader has not said anything to. @param {import('../records.js').Entry} one @param {import('../records.js').Entry[]} answers */
function openQuestions({ row, content }, answers) {
  const isSaid = (/** @type {any} */ flag) => answers.some((one) => one.row.about === row.id && one.content?.wire?.code === flag.code && ['waiting', 'accepted'].includes(one.row.state));
  return kindOf(row) === 'registration' ? objects(content?.result?.flags).filter((flag) => !isSaid(flag)).length : 0;
}

/** @param {import('../records.js').Entry} one @param {import('../photos.js').Photo[]} photos @param {number} questions */
function item({ row, content }, photos, questions) {
  const declared = content?.wire?.photos?.length ?? 0;
  const kind = kindOf(row);
  const to = row.state === 'draft' && content ? `form/${row.id}` : `record/${row.about ?? row.id}`;
  const standing = kind === 'lead' && content?.result?.state;
  return h('li', null, h('a', { href: `/tablet/#/${to}` },
    h('strong', null, content ? named(kind, content.wire) : t('damaged')),
    kind === 'registration' ? null : h('span', null, t(kind)), h('span.quiet', null, when(row.captured_at)),
    row.due ? h('span', null, `${t('follow_up_on')}: ${dayOf(row.due)}`) : null,
    standing ? h('span', null, t(`standing_${standing}`)) : null,
    h('span', { class: `state ${content ? row.state : 'damaged'}` }, t(`state_${content ? row.state : 'damaged'}`),
      photos.length ? ` · ${t('photos_to_send', { sent: Math.max(0, declared - photos.length), all: Math.max(declared, photos.length) })}` : ''),
    questions ? h('span.state.look', null, t('questions', { n: questions })) : null));
}

/** What a record is called. @param {string} kind @param {any} wire */
export function named(kind, wire) {
  if (kind === 'attendance') return wire ? wire.session || t('heads_sum', { n: heads(wire) }) : t('attendance');
  return (kind === 'flag_answer' ? wire?.text : wire?.full_name) || t('no_name');
}
