// What is noted beside registrations, each with its short form: leads, attendance, answers to flags.

import { heads, noteFaults, phone } from '../checking.js';
import * as clock from '../clock.js';
import { h } from '../dom.js';
import * as records from '../records.js';
import { byDay, reference } from '../reference.js';
import { t } from '../words.js';
import { campaignFields, draftForm, held, inAnotherWindow, putter, saver, section, tellProblems } from './draft.js';
import { choice, field, group, note, text } from './fields.js';
import { form as registrationForm } from './form.js';
import { villageField } from './village.js';

const SEGMENTS = ['PU', 'JAKON', 'PMI', 'BPU'];
const TALKS = ['awareness_session', 'aware_village', 'agency_drive', 'monev', 'benefit_handover'];
const MOST_HEADS = 100_000;

/** @typedef {{wire: any, known: import('../reference.js').Reference, asked: string}} Noting */

/** A record's form, by its kind. @param {import('../main.js').App} app @param {string} id */
export async function form(app, id) {
  const session = /** @type {import('../accounts.js').Session} */ (app.session);
  const one = await records.entry(session, id);
  const kind = one ? records.kindOf(one.row) : 'registration';
  return one && kind !== 'registration' ? noteForm(app, session, one, kind) : registrationForm(app, id);
}

/** Begin a note in a campaign that is out. @param {import('../main.js').App} app @param {'lead' | 'attendance'} kind @param {any[]} campaigns */
export async function startNote(app, kind, campaigns) {
  const session = /** @type {import('../accounts.js').Session} */ (app.session);
  const id = crypto.randomUUID();
  const talk = kind === 'attendance' && byDay(campaigns).find((one) => one.is_out && TALKS.includes(one.type));
  const campaign = (talk || byDay(campaigns)[0]).id;
  const shared = { id, base_revision: 0, campaign, stop: null, captured_at: clock.stamp(), notes: null };
  const counts = { session: null, female: 0, male: 0, sex_unknown: 0, segments: Object.fromEntries(SEGMENTS.map((one) => [one, 0])), officials: 0 };
  const person = { segment: null, full_name: '', phone: null, employer: null, village: null, follow_up_on: null };
  await records.begin(session, { ...shared, ...(kind === 'lead' ? person : counts) }, kind);
  app.go(`form/${id}`);
}

/** @param {import('../main.js').App} app @param {import('../accounts.js').Session} session @param {records.Entry} one @param {string} kind */
async function noteForm(app, session, one, kind) {
  const { row, content } = one;
  const { id } = row;
  if (!content?.wire || row.state !== 'draft') {
    app.go(`record/${row.about ?? id}`);
    return [];
  }
  const title = h('h1', { tabindex: -1 }, t(kind));
  const holding = await held(id);
  if (!holding) return [title, ...inAnotherWindow()];
  const { wire, result, asked = '' } = content;
  const known = await reference(session.account);
  const saving = saver(app, session, id, wire);
  app.save = saving.now;
  app.leave = async () => {
    try {
      await saving.now();
      await records.forgetBlank(session.account, id);
    } finally {
      holding();
    }
  };
  const fields = { lead: leadFields, attendance: attendanceFields, flag_answer: answerFields }[kind];
  setTimeout(() => tellProblems(result, wire));
  return [title, draftForm(app, session, one, wire, saving.now, () => noteFaults(kind, wire), () => (row.about ? `record/${row.about}` : 'day'),
    ...(fields?.({ wire, known, asked }, saving.soon) ?? []))];
}

/** @param {Noting} noting @param {() => void} touched */
function leadFields({ wire, known }, touched) {
  const put = putter(wire, touched);
  // The notices are for registrations: a lead agrees to the words of this form.
  const agree = (/** @type {string} */ basis) => put('consent')({ basis, at: clock.stamp(), notice_version: null });
  return [
    section('campaign', campaignFields({ wire, known }, touched)),
    section('who_section', [
      group('segment', t('segment'), choice(wire, 'segment', SEGMENTS.map((one) => [one, t(`segment_${one}`)]), put('segment'))),
      field('full_name', text(wire, 'full_name', (value) => put('full_name')(value ?? ''), { maxlength: 120, autocapitalize: 'words' })),
      field('phone', text(wire, 'phone', (value) => put('phone')(phone(value ?? '')), { type: 'tel', maxlength: 20 }), { hint: t('phone_hint') }),
      field('employer', text(wire, 'employer', put('employer'), { maxlength: 200 })),
      villageField(wire, known.villages, put('village'), null, 'village'),
      field('follow_up_on', text(wire, 'follow_up_on', put('follow_up_on'), { type: 'date', min: clock.today() })),
      field('notes', text(wire, 'notes', put('notes'), { maxlength: 1000 })),
    ]),
    section('consent', [
      h('p.notice-text', null, t('lead_agrees')),
      group('consent', t('consent_lead'), choice({ consent: wire.consent?.basis }, 'consent',
        ['spoken', 'business_contact'].map((one) => [one, t(`basis_${one}`)]), agree)),
    ]),
  ];
}

/** @param {Noting} noting @param {() => void} touched */
function attendanceFields({ wire, known }, touched) {
  const told = () => note('heads', t('heads_sum', { n: heads(wire) }));
  const count = (/** @type {any} */ of, /** @type {string} */ name, label = t(name)) => field(name, h('input', {
    value: String(of[name] ?? 0), inputmode: 'numeric', autocomplete: 'off', maxlength: 6, onfocus: (/** @type {any} */ event) => event.target.select(),
    oninput: (/** @type {any} */ event) => {
      event.target.value = event.target.value.replace(/\D/g, '');
      of[name] = Math.min(MOST_HEADS, Number(event.target.value));
      touched();
      told();
    },
  }), { label });
  setTimeout(told);
  return [
    section('campaign', [
      ...campaignFields({ wire, known }, touched),
      field('session', text(wire, 'session', putter(wire, touched)('session'), { maxlength: 120 })),
    ]),
    section('count_section', [
      group('heads', t('heads'), ...['female', 'male', 'sex_unknown'].map((name) => count(wire, name))),
      group('segments', t('segments'), ...SEGMENTS.map((name) => count(wire.segments, name, t(`came_${name}`)))),
      count(wire, 'officials'),
      field('notes', text(wire, 'notes', putter(wire, touched)('notes'), { maxlength: 1000 })),
    ]),
  ];
}

/** @param {Noting} noting @param {() => void} touched */
function answerFields({ wire, asked }, touched) {
  const words = h('textarea', { rows: 5, maxlength: 500, oninput: () => { wire.text = words.value; touched(); } }, wire.text);
  return [h('section.card', null, h('p.call-text', null, asked), field('text', words, { label: t('answer_words') }))];
}
