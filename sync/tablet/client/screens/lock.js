// The locked tablet: whose it is, and the PIN.

import { h } from '../dom.js';
import { unsent } from '../photos.js';
import { rows, tally } from '../records.js';
import { chooseLanguage, chosen, t } from '../words.js';
import { pinForm } from './pin.js';

/** @param {import('../main.js').App} app @param {import('../accounts.js').Account[]} all */
export async function lock(app, all) {
  const cards = await Promise.all(all.map((row, at) => card(app, row, at === 0)));
  return [
    h('h1', { tabindex: -1 }, t('who')),
    ...cards,
    h('div.row', null,
      h('button', { onclick: () => app.go('enrol') }, t('add_kader')),
      h('button', { onclick: async () => { await chooseLanguage(chosen() === 'id' ? 'en' : 'id'); await app.draw(); } }, t('language'))),
  ];
}

/** @param {import('../main.js').App} app @param {import('../accounts.js').Account} row @param {boolean} isFirst */
async function card(app, row, isFirst) {
  const all = await rows(row.id);
  const [counts, photos] = [tally(all), await unsent(row.id, all)];
  const about = [
    counts.waiting ? t('waiting_here', { n: counts.waiting }) : '', photos ? t('photos_here', { n: photos }) : '',
    counts.draft ? t('drafts_here', { n: counts.draft }) : '',
  ].filter(Boolean).join(' · ');
  return pinForm(row.kader.full_name, about, row.id, (session) => app.open(session), isFirst);
}
