// Bringing tablet and server together: everything out first, then what is new in, then the proof
// that both know the same. Runs in one tab at a time, and can be cut anywhere.

import { account, callAs, isForNow, keep, wipe } from './accounts.js';
import * as clock from './clock.js';
import { change, of, room } from './database.js';
import * as photos from './photos.js';
import * as records from './records.js';
import { said } from './reference.js';
import { NoAnswer, Refused, VERSION } from './server.js';
import { sealTold } from './told.js';
import { bytes, sha256 } from './vault.js';

const BATCH = 50;
const BATCH_BYTES = 1_000_000;
const RECEIPTS = 500;
const LONGEST_REASON = 500;
const KINDS = Object.keys(records.PARTS);
const NOTES = ['lead', 'attendance'];

/**
 * @typedef {import('./accounts.js').Session} Session
 * @typedef {(what: string, done: number, of: number) => void} Tell
 */

/**
 * One whole sync; gives false where another tab is at it. Raises NoAnswer and Refused; what was
 * answered before is kept.
 * @param {Session} session @param {Tell} tell
 */
export function sync(session, tell) {
  return navigator.locks.request(`sync ${session.account}`, { ifAvailable: true }, async (lock) => {
    if (!lock) return false;
    try {
      await exchange(session, tell);
    } catch (error) {
      if (!(await beginsAnew(session, error))) throw error;
      await exchange(session, tell);
    }
    return true;
  });
}

/** Everything out, and what is new in, unless this tablet has to go. @param {Session} session @param {Tell} tell */
async function exchange(session, tell) {
  await pushAll(session, tell);
  await sendPhotos(session, tell);
  if (!(await account(session.account))?.leaving) {
    await pull(session, tell);
    await prove(session);
    await fetchAids(session);
  }
  await records.forgetOld(session, new Set((await photos.photosOf(session.account)).map((photo) => photo.record)));
  await keep(session.account, { signed_out: false });
  await report(session);
}

/** Whether to begin anew: it was word to a tablet that this was before, or the first that it has to go, so that it sends all the rest at once. @param {Session} session @param {unknown} error */
async function beginsAnew(session, error) {
  const was = (await account(session.account))?.leaving;
  if (error instanceof Refused && error.deviceAction) {
    if (!(await isForNow(session, error.device))) return true;
    await follow(session, error.deviceAction);
  }
  return !was && !!(await account(session.account))?.leaving;
}

/** Push what waits, a batch at a time, each content once. @param {Session} session @param {Tell} tell */
async function pushAll(session, tell) {
  /** @type {Map<string, number>} */
  const tried = new Map();
  let size = BATCH;
  for (;;) {
    const left = (await records.rows(session.account)).filter((row) => row.state === 'waiting' && tried.get(row.id) !== row.edits).sort(byKind);
    tell('records', tried.size, tried.size + left.length);
    if (!left.length) return;
    // One batch has one `sent_at`, by the clock that the records' own times are by.
    const by = records.clockOf(left[0]);
    const batch = fitting(await records.entries(session, left.filter((row) => records.clockOf(row) === by).slice(0, size)));
    try {
      await push(session, batch.filter(({ content }) => content?.wire), by);
      batch.forEach(({ row }) => tried.set(row.id, row.edits));
    } catch (error) {
      const isRefused = error instanceof Refused && [400, 413, 422].includes(error.status);
      const isTooLarge = error instanceof NoAnswer && error.why === 'too_large';
      if (!isRefused && !isTooLarge) throw error;
      if (batch.length > 1) size = Math.max(1, Math.floor(batch.length / 2));
      else if (isRefused) await unsendable(session, batch[0], error);
      else throw error;
    }
  }
}

/** What is answered for goes before the answers. @param {records.Row} one @param {records.Row} other */
function byKind(one, other) {
  return KINDS.indexOf(records.kindOf(one)) - KINDS.indexOf(records.kindOf(other));
}

/** As many of them as make no more than a batch's bytes, and at least one. @param {records.Entry[]} entries */
function fitting(entries) {
  let total = 0;
  const end = entries.findIndex(({ content }) => (total += JSON.stringify(content?.wire ?? null).length) > BATCH_BYTES);
  return end === -1 ? entries : entries.slice(0, Math.max(1, end));
}

/** @param {Session} session @param {records.Entry[]} batch @param {number} by  what the clock is put right by, in ms */
async function push(session, batch, by) {
  if (!batch.length) return;
  const parts = KINDS.map((kind) => ({ kind, entries: batch.filter(({ row }) => records.kindOf(row) === kind) }))
    .filter(({ kind, entries }) => entries.length || kind === 'registration');
  const sent = Object.fromEntries(parts.map(({ kind, entries }) => [records.PARTS[kind], entries.map(({ content }) => content?.wire)]));
  const { json } = await callAs(session, 'POST', 'sync/push/', { body: { batch_id: crypto.randomUUID(), sent_at: clock.stamp(new Date(Date.now() - by)), ...sent } });
  const right = typeof json?.clock_skew_s === 'number' && !clock.isWorthTelling(json.clock_skew_s * 1000) ? by : undefined;
  await records.answered(session, parts.flatMap(({ kind, entries }) => {
    const results = resultsOf(json, kind);
    // Only a result that names the record is word about it.
    if (results.length !== entries.length || entries.some(({ row }, at) => results[at]?.id !== row.id)) throw new NoAnswer('stranger');
    return entries.map(({ row }, at) => ({ result: results[at], edits: row.edits, by: right }));
  }));
  await learn(session, json.clock_skew_s, by);
  const row = await account(session.account);
  if (row?.leaving) await keep(row.id, { handed_over: row.handed_over + batch.length });
}

/** An answer's results for records of a kind. @param {any} json @param {string} kind @returns {any[]} */
function resultsOf(json, kind) {
  const results = json?.[kind === 'registration' ? 'results' : records.PARTS[kind]];
  if (!Array.isArray(results)) throw new NoAnswer('stranger');
  return results;
}

/** A record that the server takes in no batch: shown with what it says. @param {Session} session @param {records.Entry} one @param {Refused} error */
function unsendable(session, one, error) {
  const problems = [{ pointer: '', code: error.code, detail: error.problem.detail ?? error.code }];
  const result = { id: one.row.id, outcome: 'rejected', action: 'fix', revision: null, problems };
  return records.answered(session, [{ result, edits: one.row.edits }]);
}

/** @param {Session} session @param {Tell} tell */
async function sendPhotos(session, tell) {
  const isLeaving = (await account(session.account))?.leaving;
  // What a tablet that has to go sent and the office has to put right is known there, too.
  const of_known = isLeaving ? (await records.rows(session.account)).filter((row) => row.answered_at) : await knownHere(session);
  const told = new Set(of_known.map((row) => row.id));
  const here = (await photos.photosOf(session.account)).filter((photo) => photo.state !== 'refused' && told.has(photo.record));
  for (const [done, photo] of here.entries()) {
    tell('photos', done, here.length);
    if (photo.state === 'here') await photos.send(session, photo);
  }
  const asked = new Set(here.map((photo) => photo.record));
  if (isLeaving) return photos.dropArrived(session.account, new Map([...asked].map((id) => [id, []])));
  await receipts(session, (await knownHere(session)).filter((row) => asked.has(row.id)));
}

/** Ask how records stand; what has arrived of photos is deleted. @param {Session} session @param {records.Row[]} rows */
async function receipts(session, rows) {
  for (let at = 0; at < rows.length; at += RECEIPTS) {
    const idsOf = (/** @type {string} */ kind) => rows.slice(at, at + RECEIPTS).filter((row) => records.kindOf(row) === kind).map((row) => row.id);
    const notes = Object.fromEntries(NOTES.map((kind) => [records.PARTS[kind], idsOf(kind)]));
    const { json } = await callAs(session, 'POST', 'sync/receipts/', { body: { ids: idsOf('registration'), ...notes } });
    const results = ['registration', ...NOTES].flatMap((kind) => resultsOf(json, kind));
    await records.answered(session, results.map((result) => ({ result })));
    const spokenOf = results.filter((result) => result.outcome !== 'unknown');
    await photos.dropArrived(session.account, new Map(spokenOf.map((result) => [result.id, result.missing_photos ?? []])));
  }
}

/** @param {Session} session @param {Tell} tell */
async function pull(session, tell) {
  let row = await account(session.account);
  if (!row) return;
  for (let page = 0; ; page += 1) {
    const query = row.cursor ? `?cursor=${encodeURIComponent(row.cursor)}` : '?boundaries=1';
    let json;
    try {
      ({ json } = await callAs(session, 'GET', `sync/changes/${query}`));
    } catch (error) {
      if (!(error instanceof Refused && error.status === 410)) throw error;
      row = { ...row, cursor: '' };
      await keep(row.id, { cursor: '' });
      continue;
    }
    tell('changes', page, page + 1);
    await apply(session, json, !row.cursor);
    // The server was restored from a backup: it may have forgotten what it had taken.
    if (row.epoch !== json.epoch) {
      await receipts(session, await knownHere(session));
      await records.answerAgain(session);
    }
    row = { ...row, cursor: json.cursor, epoch: json.epoch };
    await keep(row.id, { cursor: row.cursor, epoch: row.epoch });
    if (!json.has_more) break;
  }
  await pushAll(session, tell);
}

/** @param {Session} session @param {any} page @param {boolean} isFirst */
async function apply(session, page, isFirst) {
  const { account: id } = session;
  await change(['reference'], ({ reference }) => {
    if (isFirst) reference.delete(of(id));
    for (const one of page.changes) {
      if (KINDS.includes(one.kind)) continue;
      if (one.op === 'delete') reference.delete([id, one.kind, one.id]);
      else reference.put({ account: id, kind: one.kind, id: one.id, data: one.data });
    }
  });
  const own = page.changes.filter((/** @type {any} */ one) => KINDS.includes(one.kind));
  await records.gone(session, own.filter((/** @type {any} */ one) => one.op === 'delete').map((/** @type {any} */ one) => one.id));
  for (const kind of ['registration', ...NOTES]) {
    const told = own.filter((/** @type {any} */ one) => one.kind === kind && one.op !== 'delete');
    await records.heard(session, told.map((/** @type {any} */ one) => (kind === 'registration' ? one.data : asResult(one))), kind);
  }
}

/** A note as the server has it by now, in the form of a push's result. @param {any} told */
function asResult({ id, data }) {
  return { id, outcome: 'accepted', action: 'drop', revision: data.revision, state: data.state, server: data.record };
}

/** Both sides know the same registrations; if not, ask about all of them, then start from nothing. @param {Session} session */
async function prove(session) {
  if (await agrees(session)) return;
  await receipts(session, await knownHere(session));
  if (await agrees(session)) return;
  await keep(session.account, { cursor: '' });
  await pull(session, () => undefined);
}

/** @param {Session} session */
async function knownHere(session) {
  return records.known(await records.rows(session.account));
}

/** @param {Session} session */
async function agrees(session) {
  const { json } = await callAs(session, 'GET', 'sync/digest/');
  const known = (await knownHere(session)).filter((row) => records.kindOf(row) === 'registration').sort((one, other) => (one.id < other.id ? -1 : 1));
  const digest = await sha256(bytes(known.map((row) => `${row.id}:${row.revision}\n`).join('')));
  return json.digest === digest;
}

/** What makes working without signal easier; that it fails stops nothing. @param {Session} session */
async function fetchAids(session) {
  for (const [name, path] of Object.entries({ rules: 'contributions/rules/', hints: 'sync/hints/', day: 'sync/day/' })) {
    try {
      const { json } = await callAs(session, 'GET', path);
      const { messages, answers, ...open } = json;
      const told = name === 'day' ? { told: await sealTold(session, { messages, answers }) } : {};
      await keep(session.account, { [name]: open, ...told });
    } catch (error) {
      if (!(error instanceof Refused) || error.deviceAction) throw error;
      await keep(session.account, { [name]: null });
    }
  }
}

/** Tell the office what is here; hear how the tablet stands. @param {Session} session */
async function report(session) {
  const unsent = records.unsent(await records.rows(session.account));
  const unsentPhotos = (await photos.photosOf(session.account)).filter((photo) => photo.state === 'here');
  const by = clock.applied();
  const body = {
    sent_at: clock.stamp(new Date(Date.now() - by)),
    app_version: VERSION,
    unsynced: { registrations: unsent.length, photos: unsentPhotos.length },
    oldest_unsynced_at: unsent.findLast((row) => clock.isInstant(row.captured_at))?.captured_at ?? null,
    storage_free_bytes: (await room()).free,
    storage_persistent: (await navigator.storage?.persisted?.()) ?? null,
  };
  const { json, device } = await callAs(session, 'POST', 'sync/devices/report/', { body });
  if (!(await isForNow(session, device))) return;
  await learn(session, json.clock_skew_s, by);
  const why = json.device_action ? said(json.state_reason, LONGEST_REASON) : '';
  await keep(session.account, { outdated: ['deprecated', 'ended'].includes(json.client?.support), why });
  await follow(session, json.device_action);
  const broken = json.device_action ? await records.unreadable(session) : [];
  await keep(session.account, { stuck: json.device_action && (broken.length || unsentPhotos.length) ? { records: broken.length, photos: unsentPhotos.length } : null });
}

/** Part with what cannot be read, so that a tablet that has to go can go. @param {Session} session */
export async function giveUp(session) {
  const broken = await records.unreadable(session);
  for (const id of broken) await records.discard(session, id);
  const there = new Set((await records.rows(session.account)).map((row) => row.id));
  for (const photo of await photos.photosOf(session.account)) {
    if (!there.has(photo.record)) await photos.dropPhoto(session, photo.record, photo.sha256);
  }
  const row = await account(session.account);
  const lost = { records: (row?.lost?.records ?? 0) + broken.length, photos: (row?.lost?.photos ?? 0) + (row?.stuck?.photos ?? 0) };
  await keep(session.account, { lost, stuck: null });
}

/** By how much what this tablet took for the time was wrong. @param {Session} session @param {unknown} skewS @param {number} by */
async function learn(session, skewS, by) {
  if (typeof skewS !== 'number' || !Number.isFinite(skewS)) return;
  clock.learn(by + skewS * 1000);
  const { skew_ms, heard, is_guess } = clock.known();
  await keep(session.account, { skew_ms, is_guess, synced_at: heard });
}

/** The tablet has to hand over, keep what it has, or erase itself. @param {Session} session @param {unknown} word */
async function follow(session, word) {
  const row = await account(session.account);
  if (!row) return;
  if (word === 'wipe') {
    await wipe(row);
    throw new Refused(403, { code: 'erased' }, new Headers());
  }
  const said = word === 'hand_over' || word === 'keep' ? word : null;
  if (said !== row.leaving) await keep(row.id, { leaving: said });
  if (said) await records.finishDrafts(session);
}
