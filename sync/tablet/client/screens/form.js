// A registration, in the order of the conversation. Each change is kept at once.

import { account, keep } from '../accounts.js';
import { age, faults, phone } from '../checking.js';
import * as clock from '../clock.js';
import { h } from '../dom.js';
import { isHinted } from '../hints.js';
import * as nik from '../nik.js';
import { follow } from '../position.js';
import { PAYERS, quote } from '../quote.js';
import * as records from '../records.js';
import { reference } from '../reference.js';
import * as twins from '../twins.js';
import { either, months, rupiah, t, when } from '../words.js';
import { consentField, forgetSounds } from './consent.js';
import { campaignFields, draftForm, held, inAnotherWindow, putter, saver, section, tellProblems } from './draft.js';
import { choice, field, group, note, select, single, text, tick } from './fields.js';
import { photoFields, taking } from './proof.js';
import { reasonOf } from './record.js';
import { villageField } from './village.js';

const FRESH_MS = 3600_000;
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
  const title = h('h1', { tabindex: -1 }, t('register'));
  if (!holding) return [title, ...inAnotherWindow()];
  const [known, row] = await Promise.all([reference(session.account), account(session.account)]);
  const { wire, result, before } = one.content;
  wire.photos ??= [];
  const saving = saver(app, session, id, wire);
  /** @type {Filled} */
  const filling = { session, wire, known, before: before?.wire, changed: saving.now, row, others: [], isHeld: result?.outcome === 'rejected', taking: one.content.taking ?? null, adding: Promise.resolve(), looking: 'late' };
  const touched = () => { saving.soon(); remark(filling); };
  // Where the tablet is during a correction says nothing about where the signup was.
  const isFresh = !before && clock.now().getTime() - Date.parse(wire.captured_at) < FRESH_MS;
  if (isFresh) filling.looking = 'wait';
  const following = isFresh ? follow(wire, touched, (how) => { filling.looking = how; remark(filling); }) : { stop: () => undefined };
  // The camera hides the page: then only what was typed is kept.
  app.save = saving.now;
  app.leave = async () => {
    following.stop();
    forgetSounds();
    try {
      await filling.adding;
      await saving.now();
      await taking(filling, null);
      await records.forgetBlank(session.account, id);
    } finally {
      holding();
    }
  };

  const sent = async () => {
    await keep(session.account, { campaign: wire.campaign ?? undefined });
    return 'day';
  };
  const page = draftForm(app, session, one, wire, async () => { await filling.adding; return saving.now(); }, () => faults(wire), sent,
    section('campaign', campaignFields(filling, touched, true)),
    section('who_section', whoFields(filling, touched)),
    section('where_section', whereFields(filling, touched)),
    section('work_section', workFields(filling, touched)),
    section('proof_section', [
      ...photoFields(filling), locationField(filling, touched), consentField(filling),
      single('working_declaration', tick(!!wire.working_declaration, t('working_declaration'), putter(wire, touched)('working_declaration'), 'f-working_declaration')),
    ]));
  setTimeout(() => { remark(filling); tellProblems(result, wire); });
  void twins.others(session, id).then((others) => {
    filling.others = others;
    if (page.isConnected) remark(filling);
  });
  return [title, reasonOf(result), page].filter(Boolean);
}

/** @typedef {import('./proof.js').Filling & {row: any, others: twins.Other[], looking: import('../position.js').Looking}} Filled */

/** @param {Filled} filling @param {() => void} touched */
function whoFields({ wire }, touched) {
  const put = putter(wire, touched);
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
  const put = putter(wire, touched);
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
  const put = putter(wire, touched);
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
    group('months_prepaid', t('months_prepaid'), choice(wire, 'months_prepaid', [1, 3, 6, 12].map((n) => [n, months(n)]), put('months_prepaid'))),
    field('payer', select(wire, 'payer', PAYERS.map((one) => [one, t(`payer_${one}`)]), put('payer'))),
    field('membership_kind', select(wire, 'membership_kind', KINDS.map((one) => [one, t(`kind_${one}`)]), (value) => put('membership_kind')(value ?? 'unknown'))),
    h('p.quote#quote', { role: 'status' }),
  ];
}

/** @param {Filled} filling @param {() => void} touched */
function locationField({ wire }, touched) {
  const reasons = ['reason_indoors', 'reason_denied', 'reason_broken'].map((name) => /** @type {[any, string]} */ ([t(name), t(name)]));
  return group('location', t('location'), field('location_missing_reason', select(wire, 'location_missing_reason', reasons, putter(wire, touched)('location_missing_reason'))));
}

/** What a kader may want to look at again; nothing here stops anybody. @param {Filled} filling */
function remark({ wire, known, row, others, looking }) {
  const number = wire.nik ?? '';
  const isWhole = nik.isNik(number);
  const differs = isWhole ? nik.disagrees(number, wire.birth_date ?? '', wire.sex ?? '') : [];
  const same = isWhole && twins.byNik(wire, others);
  const namesake = !same && twins.byName(wire, others);
  note('nik', !number ? '' : !isWhole ? t('nik_count', { n: number.length }) : same ? twinOf(same) : nik.isPlaceholder(number) ? t('nik_placeholder') : '');
  note('monthly_income', wire.monthly_income ? rupiah(wire.monthly_income) : '');
  const years = wire.birth_date ? age(wire.birth_date, clock.today()) : 30;
  note('birth_date', differs.includes('birth_date') ? t('nik_birth_date') : years < 18 || years >= 65 ? t('age_out', { age: years }) : '');
  note('sex', differs.includes('sex') ? t('nik_sex') : '');
  note('location', wire.location ? t('location_have', { m: Math.round(wire.location.accuracy_m) }) : t(`location_${looking}`));
  const reason = document.querySelector('[data-field=location_missing_reason]');
  if (reason instanceof HTMLElement) reason.hidden = !!wire.location;
  const line = document.getElementById('quote');
  if (line) line.textContent = quoted(wire, known, row?.rules);
  if (namesake) note('full_name', twinOf(namesake));
  else if (isWhole && wire.full_name) {
    void isHinted(row?.hints, number, wire.full_name).catch(() => false).then((hinted) => note('full_name', hinted ? t('hinted') : ''));
  } else note('full_name', '');
}

/** @param {twins.Other} other */
function twinOf({ row, full_name }) {
  return t('twin', { name: full_name || t('no_name'), at: when(row.captured_at), state: t(`state_${row.state}`) });
}

/** @param {any} wire @param {import('../reference.js').Reference} known @param {any} rules */
function quoted(wire, known, rules) {
  const occupation = known.occupations.find((one) => one.id === wire.occupation);
  const found = quoteBy(rules, {
    income: wire.monthly_income ?? null, programmes: wire.programmes, is_transport: occupation?.is_transport ?? null,
    payer: wire.payer ?? null, is_employer: !!wire.is_employer, first_month: wire.captured_at.slice(0, 7), months: wire.months_prepaid ?? null,
  });
  if (!found || found.total === null) return t('quote_missing');
  const parts = [t('quote', { total: rupiah(found.total) }), t('quote_month', { first: rupiah(found.first ?? 0) })];
  return [...parts, ...(found.unchecked ? [t('quote_unchecked')] : [])].join(' · ');
}

/** By rules that may be damaged: then there is no quote. @param {any} rules @param {import('../quote.js').Worker} worker */
function quoteBy(rules, worker) {
  try {
    return quote(worker, rules);
  } catch {
    return null;
  }
}
