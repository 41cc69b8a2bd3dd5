// What is seldom needed: language, storage, a new code.

import { account, enrol, signInAgain } from '../accounts.js';
import { room } from '../database.js';
import { h } from '../dom.js';
import { chooseLanguage, chosen, t } from '../words.js';
import { refusal } from './enrolment.js';

/** @param {import('../main.js').App} app */
export async function more(app) {
  const session = /** @type {import('../accounts.js').Session} */ (app.session);
  const row = await account(session.account);
  const { used, free } = await room();
  const mb = (/** @type {number} */ size) => Math.round(size / 1048576);
  const kept = (await navigator.storage?.persisted?.()) ? t('storage_kept') : t('storage_not_kept');
  return [
    h('a.back', { href: '/tablet/#/day' }, `‹ ${t('back')}`),
    h('h1', { tabindex: -1 }, t('more')),
    h('p.card', null, [t('storage', { used: mb(used) }), free === null ? '' : t('storage_free', { free: mb(free) }), kept].join(' ')),
    row?.signed_out ? newCode(app, session) : null,
    h('div.row', null,
      app.install && h('button', { onclick: () => { app.install.prompt(); app.install = null; void app.draw(); } }, t('install')),
      h('button', { onclick: async () => { await chooseLanguage(chosen() === 'id' ? 'en' : 'id'); await app.draw(); } }, t('language')),
      h('button', { onclick: () => { app.close(); app.go('enrol'); } }, t('add_kader'))),
  ].filter(Boolean);
}

/** @param {import('../main.js').App} app @param {import('../accounts.js').Session} session */
function newCode(app, session) {
  const status = h('p.wrong', { role: 'alert' });
  const code = h('input#new-code', { autocomplete: 'off', maxlength: 40, required: true });
  return h('form.card', {
    onsubmit: async (/** @type {Event} */ event) => {
      event.preventDefault();
      try {
        await signInAgain(session, await enrol(code.value));
        app.courier?.soon(0);
        app.go('day');
      } catch (error) {
        status.textContent = refusal(error);
      }
    },
  }, h('p', null, t('signed_out')), h('label', { for: 'new-code' }, t('enrol_code')), code, status, h('button.main', null, t('enrol_go')));
}
