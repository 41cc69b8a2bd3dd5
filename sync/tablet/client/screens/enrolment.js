// A tablet's first minute: the coordinator's code, then a PIN.

import { enrol, ownOf, settle, signInAgain } from '../accounts.js';
import { set } from '../database.js';
import { h } from '../dom.js';
import { rows, tally } from '../records.js';
import { NoAnswer, Refused } from '../server.js';
import { t } from '../words.js';
import { pinForm } from './pin.js';
import { scanned } from './scanning.js';

const EASY = /^(\d)\1{5}$|^(?:012345|123456|234567|345678|456789|567890|987654|876543|765432|654321|543210)$/;

/** @param {import('../main.js').App} app @param {import('../accounts.js').Account[]} all */
export async function enrolment(app, all) {
  const status = h('p.wrong', { role: 'alert' });
  const code = h('input#code', { value: app.code, autocomplete: 'off', autocapitalize: 'characters', spellcheck: 'false', maxlength: 40, required: true });
  const send = h('button.main', { type: 'submit' }, t('enrol_go'));
  const form = h('form.card', {
    onsubmit: async (/** @type {Event} */ event) => {
      event.preventDefault();
      send.disabled = true;
      status.textContent = '';
      try {
        const enrolled = await enrol(code.value);
        app.code = '';
        const own = ownOf(all, enrolled);
        form.replaceWith(own.length ? await oldPins(app, own, enrolled) : choosePin(app, enrolled));
      } catch (error) {
        status.textContent = refusal(error);
      } finally {
        send.disabled = false;
      }
    },
  }, h('p', null, t('enrol_how')), h('label', { for: 'code' }, t('enrol_code')), code, status, send, scanButton(code, status));
  const back = all.length ? h('button', { onclick: async () => { app.code = ''; await set('code', ''); app.go('lock'); } }, t('back')) : null;
  return [h('h1', { tabindex: -1 }, t('enrol_title')), form, back].filter(Boolean);
}

/** @param {HTMLInputElement} code @param {HTMLElement} status */
function scanButton(code, status) {
  return h('button', {
    type: 'button',
    onclick: async () => {
      const text = await scanned(status);
      if (text !== null) status.textContent = takeQr(text, code);
    },
  }, t('enrol_scan'));
}

/** Put the code of a QR's address into the field; gives what is wrong with it. @param {string} text @param {HTMLInputElement} code */
export function takeQr(text, code) {
  let url;
  try {
    url = new URL(text);
  } catch {
    return t('enrol_no_code');
  }
  if (url.origin !== location.origin) return t('enrol_other_server', { host: url.host, own: location.host });
  const found = url.hash.slice(1);
  if (!/^[A-Za-z0-9-]{6,40}$/.test(found)) return t('enrol_no_code');
  code.value = found;
  return '';
}

/** @param {unknown} error */
export function refusal(error) {
  if (error instanceof NoAnswer) return t(['offline', 'stranger'].includes(error.why) ? `enrol_${error.why}` : error.why);
  if (error instanceof Refused && error.status === 403) return t('enrol_refused');
  if (error instanceof Refused) return t('refused', { detail: error.problem.detail ?? error.code });
  if (error instanceof Error && error.message === 'another_kader') return t('enrol_other_kader');
  throw error;
}

/** @param {import('../main.js').App} app @param {any} enrolled */
function choosePin(app, enrolled) {
  const status = h('p.wrong', { role: 'alert' });
  const [first, second] = ['pin', 'pin-again'].map((id) => h(`input#${id}`, {
    type: 'password', inputmode: 'numeric', autocomplete: 'off', maxlength: 6, required: true,
  }));
  const form = h('form.card', {
    onsubmit: async (/** @type {Event} */ event) => {
      event.preventDefault();
      status.textContent = wrongPin(first.value, second.value);
      if (status.textContent) return;
      form.querySelector('button').disabled = true;
      app.open(await settle(enrolled, first.value));
    },
  }, h('h2', null, t('pin_new')), h('p', null, t('hello', { name: enrolled.kader.full_name })), h('p', null, t('pin_why')),
  h('label', { for: 'pin' }, t('pin_new')), first, h('label', { for: 'pin-again' }, t('pin_again')), second, status,
  h('button.main', { type: 'submit' }, t('enrol_go')));
  return form;
}

/**
 * A new code for a kader who has records on this tablet already: only the PIN that sealed them opens
 * them. Whoever forgot it begins anew beside them.
 * @param {import('../main.js').App} app @param {import('../accounts.js').Account[]} own @param {any} enrolled
 */
async function oldPins(app, own, enrolled) {
  const forms = await Promise.all(own.map(async (one, at) => {
    const { waiting = 0, draft = 0 } = tally(await rows(one.id));
    const about = `${t('pin_old')} ${t('waiting_here', { n: waiting + draft })}.`;
    return pinForm(one.kader.full_name, about, one.id, async (session) => {
      await signInAgain(session, enrolled);
      app.open(session);
    }, at === 0);
  }));
  const page = h('div', null, ...forms, h('section.card', null, h('p', null, t('pin_forgotten_why')),
    h('button', { onclick: () => page.replaceWith(choosePin(app, enrolled)) }, t('pin_forgotten'))));
  return page;
}

/** @param {string} pin @param {string} again */
function wrongPin(pin, again) {
  if (!/^[0-9]{6}$/.test(pin)) return t('pin_form');
  if (EASY.test(pin)) return t('pin_weak');
  return pin === again ? '' : t('pin_differs');
}
