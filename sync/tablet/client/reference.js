// What the server tells a kader beside registrations: campaigns, villages, occupations, notices.

import * as clock from './clock.js';
import { of, read } from './database.js';
import { t } from './words.js';

const LONGEST_NAME = 160;
const KM_A_DEGREE = 111.2;
const LONGEST_TEXT = 20_000;
const DATE = /^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$/;

/**
 * @typedef {{campaigns: any[], villages: any[], occupations: any[], notices: any[]}} Reference
 */

/** A text as it can be shown; '' for what is none. @param {unknown} value */
export function said(value, most = LONGEST_NAME) {
  const text = typeof value === 'string' ? value.trim() : '';
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

/** The objects in a list, or nothing. @param {unknown} list @returns {any[]} */
export function objects(list) {
  return Array.isArray(list) ? list.filter((one) => one && typeof one === 'object') : [];
}

/** @param {unknown} value */
function date(value) {
  return typeof value === 'string' && DATE.test(value) ? value : '';
}

/**
 * What the tablet keeps of the server's lists, with what is missing or no text made plain.
 * @type {Record<string, (id: string, data: any) => any>}
 */
const READ = {
  campaign: (id, data) => ({
    ...data, id, name: said(data.name) || t('unnamed'), type: said(data.type), starts_at: said(data.starts_at),
    first_day: date(data.first_day), last_day: date(data.last_day),
    stops: objects(data.stops).filter((one) => said(one.id)).map((one) => ({ ...one, name: said(one.name) || t('unnamed') })),
  }),
  village: (id, data) => ({ ...data, id, name: said(data.name) || id, district: said(data.district), regency: said(data.regency) }),
  occupation: (id, data) => ({ ...data, id, name_id: said(data.name_id) || id, name_en: said(data.name_en) || id }),
  notice: (id, data) => {
    const [first, second] = [said(data.text_id, LONGEST_TEXT), said(data.text_en, LONGEST_TEXT)];
    return { ...data, id, text_id: first || second, text_en: second || first, valid_from: date(data.valid_from) };
  },
};

/** @param {string} account @returns {Promise<Reference>} */
export async function reference(account) {
  const rows = await read('reference', (store) => store.getAll(of(account)));
  const of_kind = (/** @type {string} */ kind) => rows
    .filter((/** @type {any} */ row) => row.kind === kind && row.data && typeof row.data === 'object')
    .map((/** @type {any} */ row) => READ[kind](String(row.id), row.data));
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

/** The notice of consent in force, or the first to be. @param {any[]} notices */
export function notice(notices) {
  const day = clock.today();
  const inOrder = notices.filter((one) => one.text_id && one.valid_from).sort((one, other) => (one.valid_from < other.valid_from ? -1 : 1));
  return inOrder.filter((one) => one.valid_from <= day).at(-1) ?? inOrder[0];
}

/** A day's figures as the server told them, as far as they make sense. @param {any} day */
export function figures(day) {
  if (!day || typeof day !== 'object') return null;
  const isCount = (/** @type {unknown} */ one) => Number.isFinite(one);
  const count = (/** @type {unknown} */ one) => (isCount(one) ? one : null);
  return {
    as_of: said(day.as_of), district: said(day.district),
    campaigns: objects(day.campaigns).filter((one) => isCount(one.own)).map((one) => ({ ...one, all: count(one.all) })),
    villages: objects(day.villages).filter((one) => said(one.name)).map((one) => ({ name: said(one.name), rank: count(one.rank), verified: count(one.verified) })),
  };
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

/** The villages whose outlines lie nearest to a position, with how far their middles are in km. @param {any[]} villages @param {{lat: number, lon: number}} at @param {number} most */
export function nearest(villages, at, most) {
  const near = villages.flatMap((village) => {
    const middle = middleOf(village);
    if (!middle) return [];
    const [east, north] = [(middle[0] - at.lon) * Math.cos((at.lat * Math.PI) / 180), middle[1] - at.lat];
    return [{ village, far: Math.hypot(east, north) }];
  });
  return near.sort((one, other) => one.far - other.far).slice(0, most).map(({ village, far }) => ({ village, km: far * KM_A_DEGREE }));
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
