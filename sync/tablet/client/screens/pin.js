// Asking for a PIN: tries are counted, and wrong ones have to wait.

import { unlock } from '../accounts.js';
import { h } from '../dom.js';
import { t } from '../words.js';

/**
 * @param {string} name whose PIN @param {string} about what to know, or '' @param {string} account
 * @param {(session: import('../accounts.js').Session) => Promise<void> | void} opened
 * @param {boolean} [isFirst] whether it takes the focus
 */
export function pinForm(name, about, account, opened, isFirst = true) {
  const status = h('p.wrong', { role: 'alert' });
  const id = `pin-${account}`;
  const pin = h('input', {
    id, type: 'password', inputmode: 'numeric', autocomplete: 'off', maxlength: 6, required: true, autofocus: isFirst,
  });
  const button = h('button.main', { type: 'submit' }, t('open'));
  return h('form.card', {
    onsubmit: async (/** @type {Event} */ event) => {
      event.preventDefault();
      button.disabled = true;
      const found = await unlock(account, pin.value);
      pin.value = '';
      button.disabled = false;
      if ('session' in found) return opened(found.session);
      const wrong = found.wrong ? t('pin_wrong') : '';
      const wait = found.wait_ms ? t('pin_wait', { seconds: Math.ceil(found.wait_ms / 1000) }) : '';
      status.textContent = `${wrong} ${wait}`.trim();
      pin.focus();
    },
  }, h('h2', null, name), about ? h('p', null, about) : null, h('label', { for: id }, t('pin')), pin, status, button);
}
