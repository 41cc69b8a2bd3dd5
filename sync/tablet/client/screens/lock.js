// The locked tablet: whose it is, and the PIN.

import { unlock } from '../accounts.js';
import { h } from '../dom.js';
import { tally } from '../records.js';
import { chooseLanguage, chosen, t } from '../words.js';

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
  const counts = await tally(row.id);
  const unsent = (counts.waiting ?? 0) + (counts.draft ?? 0);
  const status = h('p.wrong', { role: 'alert' });
  const id = `pin-${row.id}`;
  const pin = h(`input`, {
    id, type: 'password', inputmode: 'numeric', autocomplete: 'off', maxlength: 6, required: true, autofocus: isFirst,
  });
  const button = h('button.main', { type: 'submit' }, t('open'));
  return h('form.card', {
    onsubmit: async (/** @type {Event} */ event) => {
      event.preventDefault();
      button.disabled = true;
      const found = await unlock(row.id, pin.value);
      pin.value = '';
      button.disabled = false;
      if ('session' in found) return app.open(found.session);
      const wrong = found.wrong ? t('pin_wrong') : '';
      const wait = found.wait_ms ? t('pin_wait', { seconds: Math.ceil(found.wait_ms / 1000) }) : '';
      status.textContent = `${wrong} ${wait}`.trim();
      pin.focus();
    },
  }, h('h2', null, row.kader.full_name), unsent ? h('p', null, t('waiting_here', { n: unsent })) : null,
  h('label', { for: id }, t('pin')), pin, status, button);
}
