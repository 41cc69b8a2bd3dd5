// How what a record holds is said to people, field by field.

import { dateOf, dayOf, either, months, rupiah, t, when } from '../words.js';
import { full } from './village.js';

/** @type {Record<string, string[]>} */
export const SHOWN = {
  registration: [
    'campaign', 'stop', 'full_name', 'nik', 'nik_missing_reason', 'birth_date', 'sex', 'mother_name', 'phone', 'domicile_village', 'address', 'rt', 'rw', 'postal_code',
    'work_village', 'work_place', 'occupation', 'is_employer', 'monthly_income', 'programmes', 'months_prepaid', 'payer', 'membership_kind',
    'location', 'location_missing_reason', 'photos', 'consent', 'working_declaration', 'captured_at',
  ],
  lead: ['campaign', 'stop', 'segment', 'full_name', 'phone', 'employer', 'village', 'follow_up_on', 'notes', 'consent_lead', 'standing'],
  attendance: ['campaign', 'stop', 'session', 'female', 'male', 'sex_unknown', 'came_PU', 'came_JAKON', 'came_PMI', 'came_BPU', 'officials', 'notes'],
};

/** @typedef {import('../reference.js').Reference} Reference */

/**
 * A record's fields in words, those that say something.
 * @param {string} kind @param {Reference} known @param {any} wire @param {any} [other]  another version of it: photos that only one of both has are told apart
 * @returns {Record<string, string>}
 */
export function inWords(kind, known, wire, other) {
  if (!wire) return {};
  const name = (/** @type {any} */ one) => one?.name;
  const by = (/** @type {any[]} */ list, /** @type {unknown} */ id) => list.find((one) => one.id === id);
  const village = (/** @type {unknown} */ code) => { const found = by(known.villages, code); return found ? full(found) : code; };
  const word = (/** @type {string} */ prefix, /** @type {unknown} */ value) => (value ? t(`${prefix}${value}`) : '');
  const yes = (/** @type {unknown} */ value) => (typeof value === 'boolean' ? t(value ? 'yes' : 'no') : '');
  const campaign = by(known.campaigns, wire.campaign);
  const occupation = by(known.occupations, wire.occupation);
  const came = Object.fromEntries(Object.entries(wire.segments ?? {}).map(([segment, count]) => [`came_${segment}`, count]));
  const words = {
    ...wire, ...came,
    campaign: wire.campaign && (name(campaign) ?? t('campaign_unknown')), stop: wire.stop && (name(by(campaign?.stops ?? [], wire.stop)) ?? t('campaign_unknown')),
    captured_at: when(wire.captured_at), birth_date: dateOf(wire.birth_date), sex: word('', wire.sex),
    domicile_village: village(wire.domicile_village), work_village: village(wire.work_village), village: village(wire.village),
    occupation: occupation ? either(occupation.name_id, occupation.name_en) : wire.occupation,
    monthly_income: Number.isFinite(wire.monthly_income) ? rupiah(wire.monthly_income) : '',
    programmes: Array.isArray(wire.programmes) ? wire.programmes.join(', ') : '',
    months_prepaid: wire.months_prepaid ? months(wire.months_prepaid) : '', payer: word('payer_', wire.payer), membership_kind: word('kind_', wire.membership_kind),
    is_employer: yes(wire.is_employer), working_declaration: yes(wire.working_declaration),
    location: wire.location ? t('location_said', { m: Math.round(wire.location.accuracy_m), at: when(wire.location.fixed_at) }) : '',
    photos: photosIn(wire, other), consent: wire.consent ? `${word('basis_', wire.consent.method === 'ticked' ? 'spoken' : wire.consent.method)}, ${when(wire.consent.at)}` : '',
    segment: word('segment_', wire.segment), follow_up_on: wire.follow_up_on && dayOf(wire.follow_up_on),
    standing: kind === 'lead' ? word('standing_', wire.state) : '', consent_lead: kind === 'lead' ? word('basis_', wire.consent?.basis) : '',
  };
  return Object.fromEntries(SHOWN[kind].filter((one) => words[one] || words[one] === 0).map((one) => [one, String(words[one])]));
}

/** @param {any} wire @param {any} other */
function photosIn(wire, other) {
  const there = other && new Set((other.photos ?? []).map((/** @type {any} */ one) => one.sha256));
  return (wire.photos ?? []).map((/** @type {any} */ one) => t(`photo_${one.kind}`) + (there && !there.has(one.sha256) ? ` (${t('photo_only_here')})` : '')).join(', ');
}
