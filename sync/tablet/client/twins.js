// A worker who is recorded twice on one tablet, before any server can tell.

import { hintName } from './hints.js';
import * as records from './records.js';

/** @typedef {{row: records.Row, nik: string | null, full_name: string, birth_date: string | null}} Other */

/**
 * The kader's other registrations, as far as what they say is kept here: also those that no sync
 * has sent yet. What another kader of this tablet holds only their PIN opens; it is not looked at.
 * @param {import('./accounts.js').Session} session @param {string} id  of the one that is typed
 * @returns {Promise<Other[]>}
 */
export async function others(session, id) {
  const rows = (await records.rows(session.account)).filter((row) => row.id !== id && records.kindOf(row) === 'registration' && !row.is_forgotten);
  const all = await records.entries(session, rows);
  return all.flatMap(({ row, content }) => (content?.wire ? [{ row, nik: content.wire.nik, full_name: content.wire.full_name ?? '', birth_date: content.wire.birth_date }] : []));
}

/** The one with the same NIK. @param {any} wire @param {Other[]} some */
export function byNik(wire, some) {
  return some.find((one) => wire.nik && one.nik === wire.nik);
}

/** The one whose name sounds the same, born on the same day. @param {any} wire @param {Other[]} some */
export function byName(wire, some) {
  const born = some.filter((one) => wire.birth_date && one.birth_date === wire.birth_date);
  const sound = born.length ? hintName(wire.full_name ?? '') : '';
  return born.find((one) => sound && hintName(one.full_name) === sound);
}
