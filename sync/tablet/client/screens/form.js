// A registration, in the order of the conversation. Each change is kept at once.

import { account, keep } from '../accounts.js';
import { age, faults, phone } from '../checking.js';
import * as clock from '../clock.js';
import { isFull } from '../database.js';
import { h } from '../dom.js';
import { isHinted } from '../hints.js';
import * as nik from '../nik.js';
import { follow } from '../position.js';
import { quote } from '../quote.js';
import * as records from '../records.js';
import { byDay, reference } from '../reference.js';
import { dayOf, either, rupiah, t } from '../words.js';
import { choice, field, group, note, point, select, single, text, tick } from './fields.js';
import { consentField, forgetSounds } from './consent.js';
import { photoFields } from './proof.js';
import { reasonOf } from './record.js';
import { villageField } from './village.js';

const SAVE_AFTER_MS = 300;
const FRESH_MS = 3600_000;
const PAYERS = ['self', 'sponsor', 'village', 'local_budget', 'national_budget'];
const KINDS = ['unknown', 'new', 'reactivation', 'second_job'];

/** @param {import('../main.js').App} app @param {string} id */
export async function form(app, id) {
  const session = /** @type {import('../accounts.js').Session} */ (app.session);
  const one = await records.entry(session, id);
  if (!one?.content?.wire || one.row.state !== 'draft') {
    app.go(one ? `record/${id}` : 'day');
    return [];
  }
  const holding = await held(id);
  if (!holding) return [h('h1', { tabindex: -1 }, t('register')), h('p.card', null, t('two_tabs')), h('a.button', { href: '/tablet/#/day' }, t('back'))];
  const [known, row] = await Promise.all([reference(session.account), account(session.account)]);
  const { wire, result, before } = one.content;
  wire.photos ??= [];
  const saving = saver(app, session, id, wire);
  const filling = { session, wire, known, before: before?.wire, changed: saving.now, row };
  const touched = () => { saving.soon(); remark(filling); };
  // Where the tablet is during a correction says nothing about where the signup was.
  const isFresh = !before && clock.now().getTime() - Date.parse(wire.captured_at) < FRESH_MS;
  const following = isFresh ? follow(wire, touched) : { stop: () => undefined };
  // The camera hides the page: then only what was typed is kept.
  app.save = saving.now;
  app.leave = async () => { following.stop(); forgetSounds(); await saving.now(); holding(); };

  const finish = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const wrong = new Map(faults(wire).map(([name, text_]) => [name, t(text_)]));
    point(wrong);
    if (wrong.size) return;
    if (!(await saving.now())) return;
    await records.finish(session, id);
    await keep(session.account, { campaign: wire.campaign ?? undefined });
    app.courier?.soon(0);
    app.go('day');
  };
  const page = h('form', { onsubmit: finish, novalidate: true },
    section('campaign', campaignFields(filling, touched, true)),
    section('who_section', whoFields(filling, touched)),
    section('where_section', whereFields(filling, touched)),
    section('work_section', workFields(filling, touched)),
    section('proof_section', [
      ...photoFields(filling), locationField(filling, touched), consentField(filling),
      single('working_declaration', tick(!!wire.working_declaration, t('working_declaration'), (isOn) => { wire.working_declaration = isOn; touched(); }, 'f-working_declaration')),
    ]),
    h('div.bar', null, h('button.main', { type: 'submit' }, t('finish')), h('a.button', { href: '/tablet/#/day' }, t('save_draft')), throwAway(app, session, one, before)));
  setTimeout(() => { remark(filling); tellProblems(result); });
  return [h('h1', { tabindex: -1 }, t('register')), reasonOf(result), page].filter(Boolean);
}

/** One window a record; gives what lets go of it, or null. @param {string} id @returns {Promise<(() => void) | null>} */
export function held(id) {
  return new Promise((resolve) => {
    void navigator.locks.request(`form ${id}`, { ifAvailable: true }, (lock) => {
      if (!lock) return resolve(null);
      return new Promise((letGo) => resolve(() => letGo(undefined)));
    });
  });
}

/** @param {import('../main.js').App} app @param {import('../accounts.js').Session} session @param {string} id @param {any} wire */
export function saver(app, session, id, wire) {
  let timer = 0;
  let last = JSON.stringify(wire);
  const now = async () => {
    clearTimeout(timer);
    const typed = JSON.stringify(wire);
    if (typed === last) return true;
    try {
      await records.save(session, id, JSON.parse(typed));
      last = typed;
      return true;
    } catch (error) {
      if (!isFull(error)) throw error;
      app.storageFull();
      return false;
    }
  };
  return { now, soon: () => { clearTimeout(timer); timer = window.setTimeout(() => void now(), SAVE_AFTER_MS); } };
}

/** @param {string} name @param {Node[]} fields */
export function section(name, fields) {
  return h('section.card', null, h('h2', null, t(name)), ...fields);
}

/** @typedef {import('./proof.js').Filling & {row: any}} Filled */

/** @param {{wire: any, known: import('../reference.js').Reference}} filling @param {() => void} touched @param {boolean} [isSignup] */
export function campaignFields({ wire, known }, touched, isSignup = false) {
  const campaigns = byDay(known.campaigns);
  const stops = () => (campaigns.find((one) => one.id === wire.campaign)?.stops ?? []).map(
    (/** @type {any} */ one) => [one.id, one.name]);
  const stop = h('div');
  const drawStop = () => stop.replaceChildren(...(stops().length ? [field('stop', select(wire, 'stop', stops(), (value) => { wire.stop = value; touched(); }))] : []));
  drawStop();
  const days = (/** @type {any} */ one) => (one.is_out ? t('out_today') : dayOf(one.first_day));
  const options = campaigns.map((one) => /** @type {[any, string]} */ ([one.id, `${one.name} · ${days(one)}`]));
  const about = () => {
    const one = campaigns.find((other) => other.id === wire.campaign);
    const isMisplaced = isSignup && one && !one.takes_signups;
    note('campaign', isMisplaced ? t('campaign_no_signups')
      : one && !one.is_out ? t('campaign_not_out', { first: dayOf(one.first_day), last: dayOf(one.last_day) }) : '');
  };
  setTimeout(about);
  return [
    field('campaign', select(wire, 'campaign', options, (value) => { Object.assign(wire, { campaign: value, stop: null }); drawStop(); about(); touched(); })), stop,
  ];
}

/** @param {Filled} filling @param {() => void} touched */
function whoFields({ wire }, touched) {
  const put = (/** @type {string} */ name) => (/** @type {any} */ value) => { wire[name] = value; touched(); };
  const reasons = ['reason_no_card', 'reason_no_nik', 'reason_refuses'].map((name) => /** @type {[any, string]} */ ([t(name), t(name)]));
  const missing = field('nik_missing_reason', select(wire, 'nik_missing_reason', reasons, put('nik_missing_reason')));
  const drawMissing = () => { missing.hidden = !!wire.nik; };
  drawMissing();
  const birth = text(wire, 'birth_date', put('birth_date'), { type: 'date', min: '1900-01-01', max: clock.today() });
  return [
    field('nik', text(wire, 'nik', (value) => {
      wire.nik = value?.replace(/\D/g, '') || null;
      if (wire.nik) wire.nik_missing_reason = null;
      drawMissing();
      touched();
    }, { inputmode: 'numeric', maxlength: 20 }), { hint: t('nik_hint') }),
    missing,
    field('full_name', text(wire, 'full_name', put('full_name'), { maxlength: 120, autocapitalize: 'words' })),
    field('birth_date', birth),
    group('sex', t('sex'), choice(wire, 'sex', [['female', t('female')], ['male', t('male')]], put('sex'))),
    field('phone', text(wire, 'phone', (value) => { wire.phone = phone(value ?? ''); touched(); }, { type: 'tel', maxlength: 20 }), { hint: t('phone_hint') }),
  ];
}

/** @param {Filled} filling @param {() => void} touched */
function whereFields({ wire, known }, touched) {
  const put = (/** @type {string} */ name) => (/** @type {any} */ value) => { wire[name] = value; touched(); };
  const digits = { inputmode: 'numeric', maxlength: 5 };
  return [
    villageField(wire, known.villages, put('domicile_village'), () => wire.location),
    field('address', text(wire, 'address', put('address'), { maxlength: 300 })),
    h('div.row', null, ...['rt', 'rw', 'postal_code'].map((name) => field(name, text(wire, name, put(name), digits)))),
    field('work_place', text(wire, 'work_place', put('work_place'), { maxlength: 200 })),
  ];
}

/** @param {Filled} filling @param {() => void} touched */
function workFields({ wire, known }, touched) {
  const put = (/** @type {string} */ name) => (/** @type {any} */ value) => { wire[name] = value; touched(); };
  const occupations = known.occupations.map((one) => /** @type {[any, string]} */ ([one.id, either(one.name_id, one.name_en)]))
    .sort(([, one], [, other]) => (one < other ? -1 : 1));
  const programme = (/** @type {string} */ name) => tick(wire.programmes.includes(name), t(name), (isOn) => {
    wire.programmes = ['JKK', 'JKM', 'JHT'].filter((one) => (one === name ? isOn : wire.programmes.includes(one)));
    touched();
  });
  return [
    field('occupation', select(wire, 'occupation', occupations, put('occupation'))),
    single('is_employer', tick(wire.is_employer, t('is_employer'), put('is_employer'))),
    field('monthly_income', text(wire, 'monthly_income', (value) => { const digits = value?.replace(/\D/g, ''); wire.monthly_income = digits ? Number(digits) : null; touched(); }, { inputmode: 'numeric', maxlength: 15 })),
    group('programmes', t('programmes'), h('div.choices', null, ...['JKK', 'JKM', 'JHT'].map(programme))),
    group('months_prepaid', t('months_prepaid'), choice(wire, 'months_prepaid', [1, 3, 6, 12].map((n) => [n, t('months', { n })]), put('months_prepaid'))),
    field('payer', select(wire, 'payer', PAYERS.map((one) => [one, t(`payer_${one}`)]), put('payer'))),
    field('membership_kind', select(wire, 'membership_kind', KINDS.map((one) => [one, t(`kind_${one}`)]), (value) => put('membership_kind')(value ?? 'unknown'))),
    h('p.quote#quote', { role: 'status' }),
  ];
}

/** @param {Filled} filling @param {() => void} touched */
function locationField({ wire }, touched) {
  const reasons = ['reason_indoors', 'reason_denied', 'reason_broken'].map((name) => /** @type {[any, string]} */ ([t(name), t(name)]));
  return group('location', t('location'), field('location_missing_reason', select(wire, 'location_missing_reason', reasons, (value) => { wire.location_missing_reason = value; touched(); })));
}

/** What a kader may want to look at again; nothing here stops anybody. @param {Filled} filling */
function remark({ wire, known, row }) {
  const number = wire.nik ?? '';
  const isWhole = nik.isNik(number);
  const differs = isWhole ? nik.disagrees(number, wire.birth_date ?? '', wire.sex ?? '') : [];
  note('nik', !number ? '' : !isWhole ? t('nik_count', { n: number.length }) : nik.isPlaceholder(number) ? t('nik_placeholder') : '');
  const years = wire.birth_date ? age(wire.birth_date, clock.today()) : 30;
  note('birth_date', differs.includes('birth_date') ? t('nik_birth_date') : years < 18 || years >= 65 ? t('age_out', { age: years }) : '');
  note('sex', differs.includes('sex') ? t('nik_sex') : '');
  note('location', wire.location ? t('location_have', { m: Math.round(wire.location.accuracy_m) }) : t('location_wait'));
  const reason = document.querySelector('[data-field=location_missing_reason]');
  if (reason instanceof HTMLElement) reason.hidden = !!wire.location;
  const line = document.getElementById('quote');
  if (line) line.textContent = quoted(wire, known, row?.rules);
  if (isWhole && wire.full_name) {
    void isHinted(row?.hints, number, wire.full_name).then((hinted) => note('full_name', hinted ? t('hinted') : ''));
  }
}

/** @param {any} wire @param {import('../reference.js').Reference} known @param {any} rules */
function quoted(wire, known, rules) {
  const occupation = known.occupations.find((one) => one.id === wire.occupation);
  const found = quote({
    income: wire.monthly_income ?? null, programmes: wire.programmes, is_transport: occupation?.is_transport ?? null,
    payer: wire.payer ?? null, is_employer: !!wire.is_employer, first_month: wire.captured_at.slice(0, 7), months: wire.months_prepaid ?? null,
  }, rules);
  if (found.total === null) return t('quote_missing');
  const parts = [t('quote', { total: rupiah(found.total) }), t('quote_month', { first: rupiah(found.first ?? 0) })];
  return [...parts, ...(found.unchecked ? [t('quote_unchecked')] : [])].join(' · ');
}

/** What the server found wrong, at the fields. @param {any} result */
export function tellProblems(result) {
  const wrong = new Map((result?.problems ?? []).map((/** @type {any} */ one) => [one.pointer.split('/')[1] ?? '', one.detail]));
  if (wrong.size) point(/** @type {Map<string, string>} */ (wrong));
}

/** @param {import('../main.js').App} app @param {import('../accounts.js').Session} session @param {records.Entry} one @param {any} before */
export function throwAway(app, session, { row }, before) {
  const label = before ? t('cancel_edit') : t('discard');
  return h('button', {
    type: 'button',
    onclick: async () => {
      if (!before && !confirm(t('discard_sure'))) return;
      await app.leave?.();
      app.leave = null;
      await (before ? records.cancelEdit(session, row.id) : records.discard(session, row.id));
      app.go('day');
    },
  }, label);
}
