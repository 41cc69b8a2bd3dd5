// What the office told a kader last, sealed: words of people about people.

import { objects } from './reference.js';
import * as vault from './vault.js';

/** @typedef {{messages: any[], answers: any[]}} Told */

/** @param {import('./accounts.js').Session} session @param {any} day  as the server answered */
export function sealTold(session, { messages, answers }) {
  return vault.seal(session.key, `told ${session.account}`, { messages, answers });
}

/** @param {import('./accounts.js').Session} session @param {import('./accounts.js').Account} row @returns {Promise<Told>} */
export async function openTold(session, row) {
  try {
    const told = await vault.open(session.key, `told ${session.account}`, /** @type {vault.Sealed} */ (row.told));
    return { messages: objects(told.messages), answers: objects(told.answers) };
  } catch {
    return { messages: [], answers: [] };
  }
}
