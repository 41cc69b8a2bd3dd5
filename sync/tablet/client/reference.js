// What the server tells a kader beside registrations: campaigns, villages, occupations, notices.

import * as clock from './clock.js';
import { of, read } from './database.js';

/**
 * @typedef {{campaigns: any[], villages: any[], occupations: any[], notices: any[]}} Reference
 */

/** @param {string} account @returns {Promise<Reference>} */
export async function reference(account) {
  const rows = await read('reference', (store) => store.getAll(of(account)));
  const of_kind = (/** @type {string} */ kind) => rows
    .filter((/** @type {any} */ row) => row.kind === kind && row.data && typeof row.data === 'object')
    .map((/** @type {any} */ row) => ({ id: row.id, ...row.data }));
  return {
    campaigns: of_kind('campaign'), villages: of_kind('village'),
    occupations: of_kind('occupation'), notices: of_kind('notice'),
  };
}

const WITHOUT_SIGNUPS = ['monev', 'benefit_handover'];

/** Those that are out today first, then by their beginning. @param {any[]} campaigns */
export function byDay(campaigns) {
  const day = clock.today();
  const isOut = (/** @type {any} */ one) => one.first_day <= day && day <= one.last_day;
  return [...campaigns].sort((one, other) => Number(isOut(other)) - Number(isOut(one)) || (one.starts_at < other.starts_at ? 1 : -1))
    .map((one) => ({ ...one, is_out: isOut(one), takes_signups: !WITHOUT_SIGNUPS.includes(one.type) }));
}

/** The notice of consent in force. @param {any[]} notices */
export function notice(notices) {
  const day = clock.today();
  return notices.filter((one) => one.valid_from <= day).sort((one, other) => (one.valid_from < other.valid_from ? -1 : 1)).at(-1);
}

/** @param {string} text */
export function plain(text) {
  return String(text).normalize('NFKD').toLowerCase().replace(/[^a-z0-9 ]/g, '');
}

/** Villages that have all the words typed, those whose own name begins so first. @param {any[]} villages @param {string} typed @param {number} most */
export function found(villages, typed, most) {
  const words = plain(typed).split(' ').filter(Boolean);
  if (!words.length) return [];
  const hits = villages.filter((village) => {
    village.text ??= plain(`${village.name} ${village.district} ${village.regency}`);
    return words.every((word) => village.text.includes(word));
  });
  const begins = (/** @type {any} */ village) => Number(plain(village.name).startsWith(words[0]));
  return hits.sort((one, other) => begins(other) - begins(one) || (one.name < other.name ? -1 : 1)).slice(0, most);
}

/** The villages whose outlines lie nearest to a position. @param {any[]} villages @param {{lat: number, lon: number}} at @param {number} most */
export function nearest(villages, at, most) {
  const near = villages.flatMap((village) => {
    const middle = middleOf(village);
    if (!middle) return [];
    const [east, north] = [(middle[0] - at.lon) * Math.cos((at.lat * Math.PI) / 180), middle[1] - at.lat];
    return [{ village, far: Math.hypot(east, north) }];
  });
  return near.sort((one, other) => one.far - other.far).slice(0, most).map((one) => one.village);
}

/** @param {any} village @returns {[number, number] | null} */
function middleOf(village) {
  if (village.middle !== undefined) return village.middle;
  /** @type {[number, number][]} */
  const points = [];
  const collect = (/** @type {any} */ part) => {
    if (!Array.isArray(part)) return;
    if (typeof part[0] === 'number') points.push(/** @type {[number, number]} */ (part));
    else part.forEach(collect);
  };
  collect(village.boundary?.coordinates);
  const mean = (/** @type {0 | 1} */ axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  village.middle = points.length ? [mean(0), mean(1)] : null;
  return village.middle;
}
