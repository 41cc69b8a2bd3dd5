// What is certainly missing or wrong about a record before it is sent. The server judges again.

import { isInstant } from './clock.js';
import { isNik } from './nik.js';

const PHONE = /^\+[1-9][0-9]{6,14}$/;
const VILLAGE = /^\d{2}\.\d{2}\.\d{2}\.\d{4}$/;
const NEEDED = ['campaign', 'full_name', 'birth_date', 'sex', 'domicile_village', 'occupation'];

/** Fields with the name of the text that says what is wrong. @param {any} wire @returns {[string, string][]} */
export function faults(wire) {
  /** @type {[string, string][]} */
  const found = [];
  for (const name of NEEDED) {
    if (!String(wire[name] ?? '').trim()) found.push([name, 'needed']);
  }
  if (wire.nik && !isNik(wire.nik)) found.push(['nik', 'nik_form']);
  if (!wire.nik && !wire.nik_missing_reason) found.push(['nik', 'needed']);
  if (wire.phone && !PHONE.test(wire.phone)) found.push(['phone', 'phone_form']);
  const programmes = wire.programmes ?? [];
  if (!['JKK', 'JKM'].every((name) => programmes.includes(name))) found.push(['programmes', 'programmes_minimum']);
  if (wire.is_employer && !programmes.includes('JHT')) found.push(['programmes', 'jht_required']);
  if (!wire.location && !wire.location_missing_reason) found.push(['location', 'needed']);
  if (!wire.consent) found.push(['consent', 'consent_needed']);
  else if (!wire.consent.notice_version) found.push(['consent', 'notice_needed']);
  if (!wire.working_declaration) found.push(['working_declaration', 'declaration_needed']);
  return found;
}

/** A number as people type it, in the wire's form: 0812… is Indonesian. @param {string} typed */
export function phone(typed) {
  const digits = typed.replace(/[\s().-]/g, '');
  if (!digits) return null;
  if (digits.startsWith('0')) return `+62${digits.slice(1)}`;
  return digits.startsWith('62') ? `+${digits}` : digits;
}

/** Whole years between two dates written 2026-11-20. @param {string} born @param {string} on */
export function age(born, on) {
  const years = Number(on.slice(0, 4)) - Number(born.slice(0, 4));
  return on.slice(5) < born.slice(5) ? years - 1 : years;
}

/** What is wrong with a note, by its kind. @param {string} kind @param {any} wire @returns {[string, string][]} */
export function noteFaults(kind, wire) {
  if (kind === 'flag_answer') return String(wire.text ?? '').trim().length < 3 ? [['text', 'needed']] : [];
  const needed = kind === 'lead' ? ['campaign', 'segment', 'full_name', 'consent'] : ['campaign'];
  /** @type {[string, string][]} */
  const found = needed.filter((name) => !wire[name] || !String(wire[name]).trim()).map((name) => [name, 'needed']);
  if (kind === 'lead') return wire.phone && !PHONE.test(wire.phone) ? [...found, ['phone', 'phone_form']] : found;
  const came = heads(wire);
  if (!came) found.push(['female', 'needed']);
  const inSegments = Object.values(wire.segments).reduce((sum, one) => sum + one, 0);
  if (inSegments > came) found.push(['segments', 'more_than_came']);
  if (wire.officials > came) found.push(['officials', 'more_than_came']);
  return found;
}

/** How many came. @param {any} wire */
export function heads(wire) {
  return wire.female + wire.male + wire.sex_unknown;
}

const TEXTS = [
  'campaign', 'stop', 'nik', 'nik_missing_reason', 'full_name', 'birth_date', 'sex', 'mother_name', 'phone', 'address', 'rt', 'rw', 'postal_code',
  'domicile_village', 'work_village', 'work_place', 'occupation', 'payer', 'membership_kind', 'location_missing_reason',
];

/**
 * A registration that another program sent, as the form can open it: what is not of its kind is left
 * out, and asked again.
 * @param {any} sent @param {string} id @param {string} captured_at  where it says none
 */
export function fillable(sent, id, captured_at) {
  const isText = (/** @type {unknown} */ one) => typeof one === 'string';
  const texts = Object.fromEntries(TEXTS.map((name) => [name, isText(sent[name]) ? sent[name] : Number.isFinite(sent[name]) ? String(sent[name]) : null]));
  const list = (/** @type {unknown} */ one) => (Array.isArray(one) ? one : []);
  const whole = (/** @type {unknown} */ one) => (Number.isSafeInteger(one) ? one : null);
  return {
    ...sent, ...texts, id, captured_at: isInstant(sent.captured_at) ? sent.captured_at : captured_at,
    work_village: isText(sent.work_village) && VILLAGE.test(sent.work_village) ? sent.work_village : null,
    programmes: ['JKK', 'JKM', 'JHT'].filter((one) => list(sent.programmes).includes(one)),
    photos: list(sent.photos).filter((one) => isText(one?.sha256) && isText(one.kind)),
    months_prepaid: whole(sent.months_prepaid), monthly_income: whole(sent.monthly_income),
    is_employer: sent.is_employer === true, working_declaration: sent.working_declaration === true,
    location: fix(sent.location),
    consent: isText(sent.consent?.method) && isInstant(sent.consent.at) ? sent.consent : null,
  };
}

/** A position as the server takes it; the form has no field for it. @param {any} sent */
function fix(sent) {
  const isWithin = (/** @type {unknown} */ one, /** @type {number} */ least, /** @type {number} */ most) => typeof one === 'number' && one >= least && one <= most;
  const isWhole = isWithin(sent?.lat, -90, 90) && isWithin(sent.lon, -180, 180) && isWithin(sent.accuracy_m, 0, 1e7);
  return isWhole ? {
    ...sent, fixed_at: isInstant(sent.fixed_at) ? sent.fixed_at : null,
    accuracy_kind: ['p68', 'p95'].includes(sent.accuracy_kind) ? sent.accuracy_kind : 'unknown',
    provider: typeof sent.provider === 'string' ? sent.provider.slice(0, 20) : null, is_mock: typeof sent.is_mock === 'boolean' ? sent.is_mock : null,
  } : null;
}
