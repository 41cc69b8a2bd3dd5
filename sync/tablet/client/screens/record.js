// One record: what the server and the office said of it, and what a kader can do about it.

import { h } from '../dom.js';
import { photosOf } from '../photos.js';
import * as records from '../records.js';
import { reference } from '../reference.js';
import { t, when } from '../words.js';
import { named } from './list.js';
import { inWords, SHOWN } from './saying.js';

/** @param {import('../main.js').App} app @param {string} id */
export async function record(app, id) {
  const session = /** @type {import('../accounts.js').Session} */ (app.session);
  const one = await records.entry(session, id);
  const back = h('a.back', { href: '/tablet/#/list/' }, `‹ ${t('back')}`);
  if (!one) return [back, h('h1', { tabindex: -1 }, t('nothing_yet'))];
  const { row, content } = one;
  if (!content) return [back, h('h1', { tabindex: -1 }, t('no_name')), h('p.card.wrong', null, t('damaged')),
    h('button', { onclick: async () => { if (confirm(t('discard_sure'))) { await records.discard(session, id); app.go('list/'); } } }, t('discard'))];
  const { wire, result } = content;
  const kind = records.kindOf(row);
  const known = await reference(session.account);
  const photos = await photosOf(session.account, id);
  return [
    back,
    h('h1', { tabindex: -1 }, named(kind, wire)),
    h('p', null, kind === 'registration' ? null : `${t(kind)} `, h('span', { class: `state ${row.state}` }, t(`state_${row.state}`)), ' ', h('span.quiet', null, when(row.captured_at))),
    row.state === 'damaged' ? h('p.card.wrong', null, t('damaged_state')) : null,
    ...said(result),
    ...await doubts(app, session, one),
    result?.outcome === 'conflict' && row.state === 'fix' ? conflict(app, session, one, known) : null,
    ...photos.map((photo) => h('p.card', null, `${t(`photo_${photo.kind}`)}: `,
      photo.state === 'refused' ? t('photo_refused', { why: photo.why }) : t('state_waiting'))),
    wire ? fields(inWords(kind, known, { ...wire, state: kind === 'lead' && result?.state })) : h('p.card', null, t(row.state === 'fix' ? 'elsewhere' : 'notes_closed')),
    wire && isOpen(row, result) ? h('button.main', { onclick: async () => { await records.edit(session, id); app.go(`form/${id}`); } },
      row.state === 'fix' ? t('fix') : t('edit')) : null,
  ].filter(Boolean);
}

/** @param {records.Row} row @param {any} result */
function isOpen(row, result) {
  if (row.state === 'waiting' || row.state === 'dismissed' || result?.outcome === 'conflict') return false;
  return !['verified', 'rejected', 'handed_off', 'awaiting_payment', 'active', 'lapsed'].includes(result?.state);
}

/** A coordinator's reason, where one gave it. @param {any} result */
export function reasonOf(result) {
  const given = result?.correction ?? result?.rejection ?? result?.dismissed;
  return given ? h('section.card.call', null, h('h2', null, t('reason_of_coordinator')), h('p', null, given.reason)) : null;
}

/** What was said about it, as the server worded it. @param {any} result */
function said(result) {
  if (!result) return [];
  const lines = [
    ...(result.outcome === 'duplicate' ? [t('duplicate_note')] : []),
    ...(result.outcome === 'review' ? [t('review_note')] : []),
    ...(result.problems ?? []).map((/** @type {any} */ one) => one.detail),
    ...(result.refused_photos ?? []).map((/** @type {any} */ one) => t('photo_refused', { why: one.detail })),
  ].filter(Boolean);
  return [
    reasonOf(result),
    lines.length ? h('ul.card.said', null, ...lines.map((line) => h('li', null, line))) : null,
  ];
}

/**
 * What the server is in doubt about, and what the kader says to it.
 * @param {import('../main.js').App} app @param {import('../accounts.js').Session} session @param {records.Entry} one
 */
async function doubts(app, session, { row, content }) {
  const flags = /** @type {{code: string, detail: string}[]} */ (content?.result?.flags ?? []);
  if (records.kindOf(row) !== 'registration') return flags.length ? [h('ul.card.said', null, ...flags.map((flag) => h('li', null, flag.detail)))] : [];
  const answers = await records.entries(session, (await records.rows(session.account)).filter((other) => other.about === row.id));
  const past = answers.filter((one) => !flags.some((flag) => flag.code === one.content?.wire?.code));
  if (!flags.length && !past.length) return [];
  const start = async (/** @type {{code: string, detail: string}} */ flag) => {
    const id = crypto.randomUUID();
    await records.begin(session, { id, registration: row.id, code: flag.code, text: '' }, 'flag_answer', { about: row.id, asked: flag.detail });
    app.go(`form/${id}`);
  };
  return [h('section.card#flags', null, h('h2', null, t('flags_title')),
    ...flags.map((flag) => h('div.flag', null, h('p', null, flag.detail),
      ...answers.filter((one) => one.content?.wire?.code === flag.code).map((one) => answerOf(app, session, one)),
      h('button', { onclick: () => start(flag) }, t('answer')))),
    ...past.map((one) => h('div.flag', null, h('p.quiet', null, one.content?.asked ?? t('asked_before')), answerOf(app, session, one))))];
}

/** @param {import('../main.js').App} app @param {import('../accounts.js').Session} session @param {records.Entry} one */
function answerOf(app, session, { row, content }) {
  const drop = async () => { await records.discard(session, row.id); await app.draw(true); };
  return h('blockquote', null,
    h('p.quiet', null, t('answer_of_you', { at: when(row.captured_at) })),
    h('p', null, content ? content.wire?.text ?? t('notes_closed') : t('damaged')),
    h('p', null, h('span', { class: `state ${row.state}` }, row.state === 'accepted' ? t('answer_sent') : t(`state_${row.state}`))),
    ...(content?.result?.problems ?? []).map((/** @type {any} */ one) => h('p.wrong', null, one.detail)),
    row.state === 'draft' ? h('a.button', { href: `/tablet/#/form/${row.id}` }, t('edit')) : null,
    row.state === 'fix' ? h('button', { onclick: drop }, t('discard')) : null);
}

/** @param {Record<string, string>} words */
function fields({ captured_at, ...words }) {
  return h('dl.card', null, ...Object.entries(words).filter(([, said]) => said !== '0').flatMap(([name, said]) => [h('dt', null, t(name)), h('dd', null, said)]));
}

/**
 * @param {import('../main.js').App} app @param {import('../accounts.js').Session} session @param {records.Entry} one
 * @param {import('../reference.js').Reference} known
 */
function conflict(app, session, { row, content }, known) {
  const [own, server] = [content?.wire, content?.result.server];
  if (!server || ['verified', 'rejected', 'active'].includes(content?.result.state)) {
    return h('section.card.call', null, h('h2', null, t('conflict_title')), h('p', null, t('conflict_decided')));
  }
  const kind = records.kindOf(row);
  const [here, there] = [inWords(kind, known, own, server), inWords(kind, known, server, own)];
  const differing = SHOWN[kind].filter((name) => here[name] !== there[name]);
  const take = (/** @type {'own' | 'server'} */ which) => async () => {
    await records.settled(session, row.id, which);
    app.courier?.soon(0);
    app.go('day');
  };
  return h('section.card.call', null, h('h2', null, t('conflict_title')),
    differing.length ? h('table.both', null, h('thead', null, h('tr', null, h('td', null), h('th', { scope: 'col' }, t('conflict_own')), h('th', { scope: 'col' }, t('conflict_server')))),
      h('tbody', null, ...differing.map((name) => h('tr', null, h('th', { scope: 'row' }, t(name)), h('td', null, here[name] ?? '–'), h('td', null, there[name] ?? '–'))))) : h('p', null, t('conflict_alike')),
    h('div.row', null, h('button.main', { onclick: take('own') }, t('conflict_keep_own')), h('button', { onclick: take('server') }, t('conflict_keep_server'))));
}
