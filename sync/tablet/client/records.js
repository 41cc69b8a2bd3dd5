// Registrations on the tablet: drafts, what waits to be sent, and what the server said of the rest.

import * as clock from './clock.js';
import { answer, change, of, read } from './database.js';
import { open, seal } from './vault.js';

const KEPT_MS = 7 * 24 * 3600_000;

/**
 * `state`: `draft`; `waiting` to be sent; then, by the server's word, `accepted`, `look`, `fix` or
 * `dismissed`. `edits` counts what was changed here, so that an answer to older content is known.
 * @typedef {{account: string, id: string, state: string, revision: number | null, edits: number,
 *   captured_at: string, changed_at: number, answered_at: number | null, sealed: import('./vault.js').Sealed}} Row
 * `before` is what an edit began from, as long as it is not sent off.
 * @typedef {{wire: any, result: any, before?: {state: string, wire: any} | null}} Content
 * @typedef {{row: Row, content: Content | null}} Entry  without content where it cannot be opened
 * @typedef {import('./accounts.js').Session} Session
 */

/** @param {Session} session @param {string} id */
function place(session, id) {
  return `record ${session.account} ${id}`;
}

/** @param {Session} session @param {any} wire  a new record's first fields; it has an `id` */
export async function begin(session, wire) {
  const row = {
    account: session.account, id: wire.id, state: 'draft', revision: null, edits: 0,
    captured_at: wire.captured_at, changed_at: Date.now(), answered_at: null,
    sealed: await seal(session.key, place(session, wire.id), { wire, result: null }),
  };
  await change(['records'], ({ records }) => void records.add(row));
}

/** @param {Session} session @param {string} id @returns {Promise<Entry | null>} */
export async function entry(session, id) {
  const row = await read('records', (store) => store.get([session.account, id]));
  return row ? opened(session, row) : null;
}

/** All of a kader's, the latest captured first. @param {Session} session @returns {Promise<Entry[]>} */
export async function entries(session) {
  const found = await read('records', (store) => store.getAll(of(session.account)));
  found.sort((/** @type {Row} */ one, /** @type {Row} */ other) => (one.captured_at < other.captured_at ? 1 : -1));
  return Promise.all(found.map((/** @type {Row} */ row) => opened(session, row)));
}

/** @param {Session} session @param {Row} row @returns {Promise<Entry>} */
async function opened(session, row) {
  try {
    return { row, content: await open(session.key, place(session, row.id), row.sealed) };
  } catch {
    return { row, content: null };
  }
}

/** How many records are in each state; needs no key. @param {string} account @returns {Promise<Record<string, number>>} */
export async function tally(account) {
  /** @type {Record<string, number>} */
  const counts = {};
  for (const row of await read('records', (store) => store.getAll(of(account)))) {
    counts[row.state] = (counts[row.state] ?? 0) + 1;
  }
  return counts;
}

/** Make a draft of what was sent before. @param {Session} session @param {string} id */
export function edit(session, id) {
  return altered(session, id, (row, content) => {
    if (row.state === 'draft' || !content.wire) return [row, content];
    const wire = { ...content.wire, base_revision: row.revision ?? 0 };
    return [{ ...row, state: 'draft' }, { ...content, wire, before: { state: row.state, wire: content.wire } }];
  });
}

/** As it was before the edit. @param {Session} session @param {string} id */
export function cancelEdit(session, id) {
  return altered(session, id, (row, content) => (content.before && row.state === 'draft'
    ? [{ ...row, state: content.before.state, edits: row.edits + 1 }, { ...content, wire: content.before.wire, before: null }]
    : [row, content]));
}

/** Keep what was typed. @param {Session} session @param {string} id @param {any} wire */
export function save(session, id, wire) {
  return altered(session, id, (row, content) => [{ ...row, edits: row.edits + 1 }, { ...content, wire }]);
}

/** Send it with the next sync. @param {Session} session @param {string} id */
export function finish(session, id) {
  return altered(session, id, (row, content) => [
    { ...row, state: 'waiting', edits: row.edits + 1 }, { ...content, before: null },
  ]);
}

/** A tablet that has to go sends its drafts as they are: the office puts them right. @param {Session} session */
export async function finishDrafts(session) {
  for (const { row } of await entries(session)) {
    if (row.state === 'draft') await finish(session, row.id);
  }
}

/**
 * Go on from the server's copy after a conflict: with what was captured here, or with that copy.
 * @param {Session} session @param {string} id @param {'own' | 'server'} which
 */
export function settled(session, id, which) {
  return altered(session, id, (row, content) => {
    const { server } = content.result;
    if (which === 'server') return [{ ...row, state: 'accepted' }, { ...content, wire: server }];
    const wire = { ...content.wire, base_revision: server.base_revision };
    return [{ ...row, state: 'waiting', edits: row.edits + 1 }, { ...content, wire }];
  });
}

/** A draft that was never sent and is not wanted any more. Nothing else can be thrown away. @param {Session} session @param {string} id */
export function discard(session, id) {
  return change(['records', 'photos'], async ({ records, photos }) => {
    const row = await answer(records.get([session.account, id]));
    if (row?.state !== 'draft' || row.answered_at) return;
    records.delete([session.account, id]);
    photos.delete(IDBKeyRange.bound([session.account, id], [session.account, id, []]));
  });
}

/** What the server says of a record that was sent with so many edits. @param {Session} session @param {any} result @param {number} [edits] */
export function answered(session, result, edits) {
  return altered(session, result.id, (row, content) => {
    if (result.outcome === 'unknown') return forgotten(row, content);
    const told = { ...row, revision: result.revision ?? row.revision, answered_at: Date.now() };
    if (row.state === 'draft') {
      return [told, { ...content, result, before: content.before && { ...content.before, state: stateBy(result) } }];
    }
    const isOpenConflict = row.state === 'fix' && content.result?.outcome === 'conflict' && edits === undefined;
    if (isOpenConflict) return [told, { ...content, result: { ...content.result, server: result.server ?? content.result.server } }];
    const wasEdited = row.state === 'waiting' && row.edits !== edits;
    if (!wasEdited || result.outcome === 'conflict') return [{ ...told, state: stateBy(result) }, { ...content, result }];
    // What was typed meanwhile stands on what the server has taken; on nothing else it heard of.
    const base = edits === undefined ? content.wire?.base_revision : told.revision ?? 0;
    return [told, { wire: { ...content.wire, base_revision: base }, result }];
  });
}

/** The server, restored from a backup, does not know it any more. @param {Row} row @param {Content} content @returns {[Row, Content]} */
function forgotten(row, content) {
  const { wire } = content;
  const isToCome = wire && row.state !== 'draft';
  return [
    { ...row, revision: null, state: isToCome ? 'waiting' : row.state },
    { ...content, wire: wire && { ...wire, base_revision: 0 } },
  ];
}

/** What a coordinator, or another tablet of the kader, made of a registration. @param {Session} session @param {any} data */
export async function heard(session, data) {
  const there = await read('records', (store) => store.get([session.account, data.id]));
  if (there) {
    if (data.stored_as) await moved(session, data);
    else await answered(session, data);
    return;
  }
  const wire = data.server ?? null;
  const row = {
    account: session.account, id: data.id, state: stateBy(data), revision: data.revision ?? null, edits: 0,
    captured_at: wire?.captured_at ?? clock.stamp(), changed_at: Date.now(), answered_at: Date.now(),
    sealed: await seal(session.key, place(session, data.id), { wire, result: data }),
  };
  await change(['records'], async ({ records }) => {
    if (!(await answer(records.get([session.account, data.id])))) records.add(row);
  });
}

/** Held here under an id that the server stored elsewhere. @param {Session} session @param {any} data */
function moved(session, data) {
  return altered(session, data.id, (row, content) => [
    { ...row, state: 'accepted', revision: null, answered_at: Date.now() }, { ...content, result: data },
  ]);
}

/** The server has nothing to tell of it any more: withdrawn. @param {Session} session @param {string} id */
export function gone(session, id) {
  return change(['records'], async ({ records }) => {
    const row = await answer(records.get([session.account, id]));
    if (row && row.state !== 'waiting' && row.state !== 'draft') records.delete([session.account, id]);
  });
}

/** @param {any} result */
export function stateBy(result) {
  if (result.state === 'dismissed') return 'dismissed';
  if (result.state === 'rejected') return 'look';
  if (result.action === 'retry') return 'waiting';
  return { drop: 'accepted', show: 'look', fix: 'fix' }[/** @type {string} */ (result.action)] ?? 'look';
}

/** Forget what the server has had for a week; what it is called and its revision stay. @param {Session} session @param {Set<string>} withPhotos */
export async function forgetOld(session, withPhotos) {
  const old = Date.now() - KEPT_MS;
  for (const { row, content } of await entries(session)) {
    const isDone = ['accepted', 'dismissed'].includes(row.state) && (row.answered_at ?? Infinity) < old;
    if (!isDone || !content?.wire || withPhotos.has(row.id)) continue;
    await altered(session, row.id, (now, kept) => [now, now.edits === row.edits ? { ...kept, wire: null } : kept]);
  }
}

/** What has to be sent. @param {Session} session @returns {Promise<Entry[]>} */
export async function waiting(session) {
  return (await entries(session)).filter(({ row, content }) => row.state === 'waiting' && content?.wire);
}

/** The (id, revision) pairs that the server is to know. @param {string} account @returns {Promise<[string, number][]>} */
export async function known(account) {
  const rows = await read('records', (store) => store.getAll(of(account)));
  return rows.flatMap((/** @type {Row} */ row) => (row.revision === null ? [] : [[row.id, row.revision]]));
}

// Sealing awaits what no IndexedDB transaction waits for: so the row is read again before it is
// written, and the change made anew if it has become another one.
/**
 * @param {Session} session @param {string} id
 * @param {(row: Row, content: Content) => [Row, Content]} act
 */
async function altered(session, id, act) {
  for (;;) {
    const found = await entry(session, id);
    if (!found) return;
    const [row, content] = act(found.row, found.content ?? { wire: null, result: null });
    const sealed = found.content ? await seal(session.key, place(session, id), content) : row.sealed;
    const isDone = await change(['records'], async ({ records }) => {
      const there = await answer(records.get([session.account, id]));
      if (!there) return true;
      if (there.changed_at !== found.row.changed_at || there.edits !== found.row.edits || there.state !== found.row.state) return false;
      records.put({ ...row, sealed, changed_at: Math.max(Date.now(), found.row.changed_at + 1) });
      return true;
    });
    if (isDone) return;
  }
}
