// What a kader records, registrations and notes beside them: drafts, what waits to be sent, and what
// the server said of the rest.

import { fillable } from './checking.js';
import * as clock from './clock.js';
import { answer, change, of, read, readAll } from './database.js';
import { open, seal } from './vault.js';
import { t } from './words.js';

const KEPT_MS = 7 * 24 * 3600_000;
const BLANK_KEPT_MS = 24 * 3600_000;

/**
 * The kinds of records, with the list of a push's body that each travels in.
 * @type {Record<string, string>}
 */
export const PARTS = { registration: 'registrations', lead: 'leads', attendance: 'attendance', flag_answer: 'flag_answers' };

const STATES = ['draft', 'waiting', 'accepted', 'look', 'fix', 'dismissed'];
const OPEN_LEAD = ['new', 'contacted', 'interested'];

/**
 * `state`: `draft`; `waiting` to be sent; then, by the server's word, `accepted`, `look`, `fix` or
 * `dismissed`. What is none of these was altered: `damaged`. `edits` counts what was changed here, so that an answer to older content is known.
 * `is_forgotten`: what it said is not kept here any more. `about`: the record that is answered for. `due`: the day on
 * which to come back to a lead. `is_blank`: a draft in which nothing was entered yet; it counts for nothing. `timed`: on what `captured_at` stands, unless on the server's word.
 * @typedef {{account: string, id: string, kind?: string, about?: string, due?: string | null, state: string, revision: number | null, edits: number, is_forgotten: boolean, is_blank?: boolean,
 *   captured_at: string, timed?: clock.Basis, changed_at: number, answered_at: number | null, sealed: import('./vault.js').Sealed}} Row
 * `before` is what an edit began from, as long as it is not sent off.
 * @typedef {{wire: any, result: any, before?: {state: string, wire: any} | null, asked?: string, taking?: string | null, begun?: any}} Content
 * `asked`: what is answered. `begun`: a draft as it began. `taking`: the kind of photo that is being taken.
 * @typedef {{row: Row, content: Content | null}} Entry  without content where it cannot be opened
 * @typedef {import('./accounts.js').Session} Session
 * `edits`: with how many the record was sent that is answered; none for word that came unasked. `by`: what the clock was put right by then, where the server found that right.
 * @typedef {{result: any, edits?: number, by?: number}} Told
 */

/** @param {Session} session @param {string} id */
function place(session, id) {
  return `record ${session.account} ${id}`;
}

/** What a row is of. @param {Row} row */
export function kindOf(row) {
  return row.kind ?? 'registration';
}

/**
 * @param {Session} session @param {any} wire  a new record's first fields; it has an `id`
 * @param {string} [kind] @param {{about: string, asked: string}} [answering]
 */
export async function begin(session, wire, kind = 'registration', answering = undefined) {
  const row = await made(session, wire.id, 'draft', { wire, result: null, asked: answering?.asked, begun: wire }, kind);
  await change(['records'], ({ records }) => void records.add({ ...row, about: answering?.about, is_blank: true, timed: clock.basis() }));
}

/** @param {Session} session @param {string} id @param {string} state @param {Content} content @param {string} kind @returns {Promise<Row>} */
async function made(session, id, state, content, kind) {
  const { wire, result } = content;
  return {
    account: session.account, id, kind, due: dueOn(content), state, revision: result?.revision ?? null, edits: 0, is_forgotten: !wire,
    captured_at: wire?.captured_at ?? '', changed_at: Date.now(), answered_at: result && Date.now(),
    sealed: await seal(session.key, place(session, id), content),
  };
}

/** When to come back to a lead that is not settled yet. @param {Content} content @returns {string | null} */
function dueOn({ wire, result }) {
  return OPEN_LEAD.includes(result?.state ?? 'new') ? wire?.follow_up_on ?? null : null;
}

/** A row as it has to be, also where the database was damaged. @param {any} row @returns {Row} */
function whole(row) {
  return { ...row, state: STATES.includes(row.state) ? row.state : 'damaged', revision: row.revision ?? null, captured_at: String(row.captured_at ?? '') };
}

/** All of a kader's but blank ones, the latest captured first; needs no key. @param {string} account @returns {Promise<Row[]>} */
export async function rows(account) {
  const found = (await read('records', (store) => store.getAll(of(account)))).filter((row) => !row.is_blank).map(whole);
  return found.sort((/** @type {Row} */ one, /** @type {Row} */ other) => (one.captured_at < other.captured_at ? 1 : -1));
}

/** @param {Session} session @param {string} id @returns {Promise<Entry | null>} */
export async function entry(session, id) {
  const row = await read('records', (store) => store.get([session.account, id]));
  return row ? opened(session, whole(row)) : null;
}

/** @param {Session} session @param {Row[]} some @returns {Promise<Entry[]>} */
export function entries(session, some) {
  return Promise.all(some.map((row) => opened(session, row)));
}

/** @param {Session} session @param {Row} row @returns {Promise<Entry>} */
async function opened(session, row) {
  try {
    return { row, content: await open(session.key, place(session, row.id), row.sealed) };
  } catch {
    return { row, content: null };
  }
}

/** How many records are in each state. @param {Row[]} some @returns {Record<string, number>} */
export function tally(some) {
  /** @type {Record<string, number>} */
  const counts = {};
  for (const { state } of some) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

/** Make a draft of what was sent before. @param {Session} session @param {string} id */
export function edit(session, id) {
  return altered(session, [id], (row, content) => {
    if (row.state === 'draft' || !content.wire) return [row, content];
    const wire = { ...content.wire, base_revision: row.revision ?? 0 };
    return [{ ...row, state: 'draft' }, { ...content, wire, before: { state: row.state, wire: content.wire } }];
  });
}

/** As it was before the edit. @param {Session} session @param {string} id */
export function cancelEdit(session, id) {
  return altered(session, [id], (row, content) => (content.before && row.state === 'draft'
    ? [{ ...row, state: content.before.state, edits: row.edits + 1 }, { ...content, wire: content.before.wire, before: null }]
    : [row, content]));
}

/** Keep what was typed; raises where the record is not there any more. @param {Session} session @param {string} id @param {any} wire */
export async function save(session, id, wire) {
  isThere(await altered(session, [id], (row, content) => noted({ ...row, edits: row.edits + 1 }, { ...content, wire })));
}

/** @param {number} count  of the rows that were altered */
function isThere(count) {
  if (!count) throw new Error(t('record_gone'));
}

const NOT_ENTERED = ['campaign', 'stop', 'location', 'location_missing_reason'];

/** @param {Row} row @param {Content} content @returns {[Row, Content]} */
function noted(row, content) {
  const { wire, begun, taking } = content;
  const same = (/** @type {string} */ name) => NOT_ENTERED.includes(name) || JSON.stringify(wire[name] || null) === JSON.stringify(begun[name] || null);
  return [{ ...row, is_blank: !!begun && !!wire && !taking && Object.keys(wire).every(same) }, content];
}

/** Forget a draft in which nothing was entered. @param {string} account @param {string} id */
export function forgetBlank(account, id) {
  return change(['records'], async ({ records }) => {
    if ((await answer(records.get([account, id])))?.is_blank) records.delete([account, id]);
  });
}

// One that seems old, by a clock that was set since, may be open in a form.
/** Forget all those that are older than a day. @param {string} account */
async function forgetBlanks(account) {
  const old = Date.now() - BLANK_KEPT_MS;
  const all = await read('records', (store) => store.getAll(of(account)));
  for (const { id } of all.filter((row) => row.is_blank && row.changed_at < old)) {
    await holding(id, (isOurs) => (isOurs ? forgetBlank(account, id) : undefined));
  }
}

/** Hold a record, as its form does, until what is done is done. @param {string} id @param {(isOurs: boolean) => unknown} act  told whether nobody else holds it */
export function holding(id, act) {
  return navigator.locks.request(`form ${id}`, { ifAvailable: true }, (lock) => act(!!lock));
}

/** That a photo of a kind is being taken, or null: a tablet that ends meanwhile loses it. @param {Session} session @param {string} id @param {string | null} taking */
export function take(session, id, taking) {
  return altered(session, [id], (row, content) => noted(row, { ...content, taking }));
}

/** Send it with the next sync; raises where it is not there any more. @param {Session} session @param {string} id */
export async function finish(session, id) {
  isThere(await sendOff(session, [id]));
}

/** @param {Session} session @param {string[]} ids */
function sendOff(session, ids) {
  return altered(session, ids, (row, content) => [
    ...timed({ ...row, is_blank: false, state: 'waiting', edits: row.edits + 1 }, { ...content, before: null, begun: null }),
  ]);
}

/** What the tablet's clock is put right by beside a record's own times, in ms. @param {Row} row */
export function clockOf(row) {
  return clock.beside(row.captured_at, row.timed);
}

/** With its times put right, where the clock was found to be wrong since. @param {Row} row @param {Content} content @returns {[Row, Content]} */
function timed(row, content) {
  const { wire } = content;
  if (!row.timed || wire?.captured_at !== row.captured_at) return [row, content];
  const by = clockOf(row);
  if (by !== row.timed.by) return [{ ...row, timed: undefined }, content];
  const off = by - clock.applied();
  if (!off) return [row, content];
  const was = Date.parse(row.captured_at);
  // What was added after the clock was found out is right already.
  const right = (/** @type {string} */ at) => (Math.abs(Date.parse(at) - was) <= Math.abs(off) / 2 ? clock.stamp(new Date(Date.parse(at) + off)) : at);
  const captured_at = right(row.captured_at);
  const { location, consent } = wire;
  return [{ ...row, captured_at, timed: clock.basis() && { ...row.timed, by: clock.applied() } }, { ...content, wire: {
    ...wire, captured_at,
    ...(location?.fixed_at ? { location: { ...location, fixed_at: right(location.fixed_at) } } : {}),
    ...(consent?.at ? { consent: { ...consent, at: right(consent.at) } } : {}),
  } }];
}

/** A tablet that has to go sends its drafts as they are: the office puts them right. @param {Session} session */
export async function finishDrafts(session) {
  const left = (await rows(session.account)).filter((row) => ['draft', 'damaged'].includes(row.state));
  await sendOff(session, (await entries(session, left)).filter(({ content }) => content?.wire).map(({ row }) => row.id));
}

/** Those that the server may not have. @param {Row[]} some */
export function unsent(some) {
  return some.filter((row) => ['draft', 'waiting'].includes(row.state) || (row.state === 'damaged' && row.revision === null));
}

/** What is not sent and cannot be read, so that it never will be. @param {Session} session @returns {Promise<string[]>} */
export async function unreadable(session) {
  const left = await entries(session, unsent(await rows(session.account)));
  return left.filter(({ content }) => !content).map(({ row }) => row.id);
}

/**
 * Go on from the server's copy after a conflict: with what was captured here, or with that copy.
 * @param {Session} session @param {string} id @param {'own' | 'server'} which
 */
export function settled(session, id, which) {
  return altered(session, [id], (row, content) => {
    const { server } = content.result;
    if (which === 'server') return [{ ...row, state: 'accepted' }, { ...content, wire: server }];
    const wire = { ...content.wire, base_revision: server.base_revision };
    return [{ ...row, state: 'waiting', edits: row.edits + 1 }, { ...content, wire }];
  });
}

/** A draft that was never sent and is not wanted any more, or an answer that was refused. Nothing else can be thrown away. @param {Session} session @param {string} id */
export async function discard(session, id) {
  const isUnreadable = (await entry(session, id))?.content === null;
  await change(['records', 'photos', 'pictures'], async ({ records, photos, pictures }) => {
    const row = await answer(records.get([session.account, id]));
    const isRefusedAnswer = row?.kind === 'flag_answer' && row.state === 'fix';
    if (!isUnreadable && !isRefusedAnswer && (row?.state !== 'draft' || row.answered_at)) return;
    records.delete([session.account, id]);
    for (const store of [photos, pictures]) store.delete(of(session.account, id));
  });
}

/** What the server says of records. @param {Session} session @param {Told[]} told */
export function answered(session, told) {
  const by = new Map(told.map((one) => [one.result.id, one]));
  return altered(session, [...by.keys()], (was, content) => {
    const { result, edits, by: right } = /** @type {Told} */ (by.get(was.id));
    const row = was.timed?.by === right ? { ...was, timed: undefined } : was;
    if (result.outcome === 'unknown') return unknown(row, content);
    if (result.stored_as && result.stored_as !== row.id) return moved(row, content, result);
    return takenIn(row, content, result, edits);
  });
}

/** @param {Row} before @param {Content} content @param {any} result @param {number} [edits] @returns {[Row, Content]} */
function takenIn(before, content, result, edits) {
  const row = { ...before, revision: result.revision ?? before.revision, answered_at: Date.now() };
  if (row.state === 'draft') {
    return [row, { ...content, result, before: content.before && { ...content.before, state: stateBy(result) } }];
  }
  const isOpenConflict = row.state === 'fix' && content.result?.outcome === 'conflict' && edits === undefined;
  if (isOpenConflict) return [row, { ...content, result: { ...content.result, server: result.server ?? content.result.server } }];
  const wasEdited = row.state === 'waiting' && row.edits !== edits;
  if (wasEdited && result.outcome !== 'conflict') {
    // What was typed meanwhile stands on what the server has taken; on nothing else it heard of.
    const base = edits === undefined ? content.wire?.base_revision : row.revision ?? 0;
    return [row, { ...content, wire: { ...content.wire, base_revision: base }, result }];
  }
  const state = stateBy(result);
  if (result.problems?.some((/** @type {any} */ one) => one.code === 'lead_erased')) return [{ ...row, state }, { wire: null, result }];
  // What was forgotten here and is to be put right comes along; of a note, how it is by now.
  const server = copyOf(result, kindOf(before));
  const wire = state === 'accepted' ? server ?? content.wire : content.wire ?? (state === 'fix' ? server : null);
  return [{ ...row, state }, { ...content, wire, result }];
}

/** What the server has of it, also of what another tablet or program sent and it holds. @param {any} result @param {string} kind */
function copyOf({ id, outcome, server }, kind) {
  return server && outcome === 'rejected' && kind === 'registration' ? fillable(server, id, clock.stamp()) : server ?? null;
}

/** The server, restored from a backup, does not know it any more. @param {Row} row @param {Content} content @returns {[Row, Content]} */
function unknown(row, content) {
  const { wire } = content;
  const isToCome = wire && row.state !== 'draft';
  return [
    { ...row, revision: null, state: isToCome ? 'waiting' : row.state },
    { ...content, wire: wire && { ...wire, base_revision: 0 } },
  ];
}

/** Held here under an id that the server stored elsewhere. @param {Row} row @param {Content} content @param {any} result @returns {[Row, Content]} */
function moved(row, content, result) {
  return [{ ...row, state: 'accepted', revision: null, answered_at: Date.now() }, { ...content, result }];
}

/** What coordinators, or other tablets of the kader, made of records of a kind. @param {Session} session @param {any[]} results @param {string} kind */
export async function heard(session, results, kind) {
  const ids = results.map((result) => result.id);
  const there = new Set((await readAll('records', ids.map((id) => [session.account, id]))).map((row) => row.id));
  const unseen = results.filter((result) => !there.has(result.id));
  const fresh = await Promise.all(unseen.map((result) => made(
    session, result.id, stateBy(result), { wire: copyOf(result, kind), result }, kind,
  )));
  await change(['records'], async ({ records }) => {
    const taken = await Promise.all(fresh.map((row) => answer(records.getKey([row.account, row.id]))));
    fresh.forEach((row, at) => { if (!taken[at]) records.add(row); });
  });
  await answered(session, results.filter((result) => there.has(result.id)).map((result) => ({ result })));
}

/** The server has nothing to tell of them any more: withdrawn. @param {Session} session @param {string[]} ids */
export function gone(session, ids) {
  return change(['records'], async ({ records }) => {
    const found = await Promise.all(ids.map((id) => answer(records.get([session.account, id]))));
    for (const row of found) {
      if (row && row.state !== 'waiting' && row.state !== 'draft') records.delete([row.account, row.id]);
    }
  });
}

/** @param {any} result */
export function stateBy(result) {
  if (result.state === 'dismissed' || result.dismissed) return 'dismissed';
  if (result.state === 'rejected' || (result.outcome === 'rejected' && result.action === 'drop')) return 'look';
  if (result.action === 'retry') return 'waiting';
  return { drop: 'accepted', show: 'look', fix: 'fix' }[/** @type {string} */ (result.action)] ?? 'look';
}

/** Send answers once more: a server that was restored may have lost them, and of others knows their ids. @param {Session} session */
export async function answerAgain(session) {
  const there = (await rows(session.account)).filter((row) => kindOf(row) === 'flag_answer' && row.state === 'accepted');
  await altered(session, there.map((row) => row.id), (row, content) => [content.wire ? { ...row, state: 'waiting' } : row, content]);
}

/** Forget what the server has had for a week, and leads a week after one was to come back; state and revision stay. @param {Session} session @param {Set<string>} withPhotos */
export async function forgetOld(session, withPhotos) {
  await forgetBlanks(session.account);
  const old = Date.now() - KEPT_MS;
  const isDone = (/** @type {Row} */ row) => ['accepted', 'look', 'dismissed'].includes(row.state)
    && Math.max(row.answered_at ?? Infinity, Date.parse(row.due ?? '') || 0) < old && !row.is_forgotten && !withPhotos.has(row.id);
  const ids = (await rows(session.account)).filter(isDone).map((row) => row.id);
  await altered(session, ids, (row, content) => [row, isDone(row) ? { wire: null, result: { ...content.result, server: null } } : content]);
}

/** What the server is to know. @param {Row[]} some */
export function known(some) {
  return some.filter((row) => row.revision !== null);
}

// Sealing awaits what no IndexedDB transaction waits for: so the rows are read again before they
// are written, and those changed anew that have become others.
/**
 * @param {Session} session @param {string[]} ids
 * @param {(row: Row, content: Content) => [Row, Content]} act
 * @returns {Promise<number>} how many of them were there and could be read
 */
async function altered(session, ids, act) {
  let count = 0;
  for (let left = ids; left.length;) {
    const found = await entries(session, await readAll('records', left.map((id) => [session.account, id])));
    const drawn = await Promise.all(found.map(async ({ row, content }) => {
      const [next, said] = act(row, content ?? { wire: null, result: null });
      const changed_at = Math.max(Date.now(), row.changed_at + 1);
      if (!content) return { row, next: { ...next, changed_at } };
      const sealed = await seal(session.key, place(session, row.id), said);
      return { row, next: { ...next, sealed, changed_at, due: dueOn(said), is_forgotten: !said.wire } };
    }));
    const isSame = (/** @type {Row} */ one, /** @type {Row} */ other) => one.changed_at === other.changed_at
      && one.edits === other.edits && one.state === other.state;
    const now = await change(['records'], async ({ records }) => {
      const there = await Promise.all(drawn.map(({ row }) => answer(records.get([row.account, row.id]))));
      drawn.forEach(({ row, next }, at) => { if (there[at] && isSame(there[at], row)) records.put(next); });
      return there;
    });
    left = drawn.filter(({ row }, at) => now[at] && !isSame(now[at], row)).map(({ row }) => row.id);
    count += found.filter(({ content }, at) => content && now[at] && isSame(now[at], drawn[at].row)).length;
  }
  return count;
}
