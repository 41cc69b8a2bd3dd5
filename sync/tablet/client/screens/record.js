// One record: what the server and the office said of it, and what a kader can do about it.

import { h } from '../dom.js';
import { photosOf } from '../photos.js';
import * as records from '../records.js';
import { reference } from '../reference.js';
import { either, rupiah, t, when } from '../words.js';

const SHOWN = ['full_name', 'nik', 'birth_date', 'sex', 'phone', 'address', 'work_place', 'occupation', 'monthly_income'];

/** @param {import('../main.js').App} app @param {string} id */
export async function record(app, id) {
  const session = /** @type {import('../accounts.js').Session} */ (app.session);
  const one = await records.entry(session, id);
  const back = h('a.back', { href: '/tablet/#/list/' }, `‹ ${t('back')}`);
  if (!one) return [back, h('h1', { tabindex: -1 }, t('nothing_yet'))];
  const { row, content } = one;
  if (!content) return [back, h('h1', { tabindex: -1 }, t('no_name')), h('p.card.wrong', null, t('damaged'))];
  const { wire, result } = content;
  const photos = (await photosOf(session.account)).filter((photo) => photo.record === id);
  return [
    back,
    h('h1', { tabindex: -1 }, wire?.full_name || t('no_name')),
    h('p', null, h('span', { class: `state ${row.state}` }, t(`state_${row.state}`)), ' ', h('span.quiet', null, when(row.captured_at))),
    ...said(result),
    result?.outcome === 'conflict' && row.state === 'fix' ? conflict(app, session, one) : null,
    ...photos.map((photo) => h('p.card', null, `${t(`photo_${photo.kind}`)}: `,
      photo.state === 'refused' ? t('photo_refused', { why: photo.why }) : t('state_waiting'))),
    wire ? fields(wire, (await reference(session.account)).occupations) : h('p.card', null, t('notes_closed')),
    wire && isOpen(row, result) ? h('button.main', { onclick: async () => { await records.edit(session, id); app.go(`form/${id}`); } },
      row.state === 'fix' ? t('fix') : t('edit')) : null,
  ].filter(Boolean);
}

/** @param {records.Row} row @param {any} result */
function isOpen(row, result) {
  if (row.state === 'waiting' || row.state === 'dismissed' || result?.outcome === 'conflict') return false;
  return !['verified', 'rejected', 'handed_off', 'awaiting_payment', 'active', 'lapsed'].includes(result?.state);
}

/** What was said about it, as the server worded it. @param {any} result */
function said(result) {
  if (!result) return [];
  const reason = result.correction ?? result.rejection ?? result.dismissed;
  const lines = [
    ...(result.outcome === 'duplicate' ? [t('duplicate_note')] : []),
    ...(result.outcome === 'review' ? [t('review_note')] : []),
    ...(result.problems ?? []).map((/** @type {any} */ one) => one.detail),
    ...(result.flags ?? []).map((/** @type {any} */ one) => one.detail),
    ...(result.refused_photos ?? []).map((/** @type {any} */ one) => t('photo_refused', { why: one.detail })),
  ].filter(Boolean);
  return [
    reason ? h('section.card.call', null, h('h2', null, t('reason_of_coordinator')), h('p', null, reason.reason)) : null,
    lines.length ? h('ul.card.said', null, ...lines.map((line) => h('li', null, line))) : null,
  ];
}

/** @param {any} wire @param {any[]} occupations */
function fields(wire, occupations) {
  const occupation = occupations.find((one) => one.id === wire.occupation);
  const inWords = {
    ...wire,
    sex: wire.sex && t(wire.sex),
    occupation: occupation ? either(occupation.name_id, occupation.name_en) : wire.occupation,
    monthly_income: Number.isFinite(wire.monthly_income) ? rupiah(wire.monthly_income) : null,
  };
  return h('dl.card', null, ...SHOWN.filter((name) => inWords[name]).flatMap(
    (name) => [h('dt', null, t(name)), h('dd', null, inWords[name])]));
}

/** @param {import('../main.js').App} app @param {import('../accounts.js').Session} session @param {records.Entry} one */
function conflict(app, session, { row, content }) {
  const [own, server] = [content?.wire, content?.result.server];
  if (!server || ['verified', 'rejected', 'active'].includes(content?.result.state)) {
    return h('section.card.call', null, h('h2', null, t('conflict_title')), h('p', null, t('conflict_decided')));
  }
  const differing = Object.keys({ ...own, ...server }).filter(
    (name) => !['base_revision'].includes(name) && JSON.stringify(own?.[name] ?? null) !== JSON.stringify(server[name] ?? null));
  const shown = (/** @type {any} */ value) => (value === null || value === undefined ? '–' : typeof value === 'object' ? JSON.stringify(value) : String(value));
  const take = (/** @type {'own' | 'server'} */ which) => async () => {
    await records.settled(session, row.id, which);
    app.courier?.soon(0);
    app.go('day');
  };
  return h('section.card.call', null, h('h2', null, t('conflict_title')),
    h('table', null, h('thead', null, h('tr', null, h('td', null), h('th', { scope: 'col' }, t('conflict_own')), h('th', { scope: 'col' }, t('conflict_server')))),
      h('tbody', null, ...differing.map((name) => h('tr', null, h('th', { scope: 'row' }, t(name)), h('td', null, shown(own?.[name])), h('td', null, shown(server[name])))))),
    h('div.row', null, h('button.main', { onclick: take('own') }, t('conflict_keep_own')), h('button', { onclick: take('server') }, t('conflict_keep_server'))));
}
