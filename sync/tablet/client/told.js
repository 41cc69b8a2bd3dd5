// What the office told a kader last, sealed: words of people about people.

import * as vault from './vault.js';

/** @typedef {{messages: any[], answers: any[]}} Told */

/** @param {import('./accounts.js').Session} session @param {any} day  as the server answered */
export function sealTold(session, { messages, answers }) {
  const list = (/** @type {unknown} */ one) => (Array.isArray(one) ? one : []);
  return vault.seal(session.key, `told ${session.account}`, { messages: list(messages), answers: list(answers) });
}

/** @param {import('./accounts.js').Session} session @param {import('./accounts.js').Account} row @returns {Promise<Told>} */
export async function openTold(session, row) {
  try {
    return await vault.open(session.key, `told ${session.account}`, /** @type {vault.Sealed} */ (row.told));
  } catch {
    return { messages: [], answers: [] };
  }
}
