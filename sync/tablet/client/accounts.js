// The kader of this tablet: enrolled once, each behind a PIN, with tokens and a key of their own.

import * as clock from './clock.js';
import { answer, change, of, read, set, setting } from './database.js';
import { call, NoAnswer, Refused, VERSION } from './server.js';
import * as vault from './vault.js';
import { chosen } from './words.js';

const LATEST_ACCESS_S = 30;

/**
 * `device`: as which tablet the server knows it, where that is not its id.
 * @typedef {{id: string, device?: string, kader: {id: number, full_name: string}, lock: vault.Lock, tokens: vault.Sealed,
 *   wrong: {count: number, until: number}, signed_out: boolean, leaving: null | 'hand_over' | 'keep',
 *   cursor: string, epoch: string, synced_at: number | null, handed_over: number,
 *   rules?: any, hints?: any, day?: any, told?: vault.Sealed | null, seen?: string[], outdated?: boolean, campaign?: string,
 *   why?: string, stuck?: Count | null, lost?: Count}} Account
 * `why`: the office's reason for having the tablet go. `stuck`: what is damaged and so holds that up.
 * @typedef {{records: number, photos: number}} Count
 * @typedef {{account: string, key: CryptoKey, access: string, refresh: string}} Session  of an open account
 */

/** @returns {Promise<Account[]>} */
export function accounts() {
  return read('accounts', (store) => store.getAll());
}

/** @param {string} id @returns {Promise<Account | undefined>} */
export function account(id) {
  return read('accounts', (store) => store.get(id));
}

/** Change what is kept of an account. @param {string} id @param {Partial<Account>} fields */
export function keep(id, fields) {
  return change(['accounts'], async ({ accounts: store }) => {
    const row = await answer(store.get(id));
    if (row) store.put({ ...row, ...fields });
  });
}

/** What a code gives: the account is made by `settle`, once there is a PIN. Raises NoAnswer, Refused. @param {string} code */
export async function enrol(code) {
  const installation_id = await setting('installation', crypto.randomUUID());
  await set('installation', installation_id);
  const body = { enrolment_code: code.trim(), platform: platform(), app_version: VERSION, installation_id };
  // If its answer is lost, or the page ends before there is a PIN, the code works again for this tablet.
  await set('code', body.enrolment_code);
  try {
    return (await call('POST', 'sync/devices/enrol/', { body })).json;
  } catch (error) {
    if (error instanceof Refused) await set('code', '');
    throw error;
  }
}

/** The code that was sent and is not settled yet, or ''. @returns {Promise<string>} */
export function codeUnderWay() {
  return setting('code', '');
}

/**
 * Keep a new enrolment behind a PIN. Beside an older account of that tablet, whose PIN was forgotten,
 * it has an id of its own.
 * @param {any} enrolled @param {string} pin @returns {Promise<Session>}
 */
export async function settle(enrolled, pin) {
  const device = enrolled.device_id;
  const id = (await account(device)) ? crypto.randomUUID() : device;
  const { lock, key } = await vault.newLock(id, pin);
  const { access, refresh, kader, epoch } = enrolled;
  const tokens = await vault.seal(key, `tokens ${id}`, { access, refresh });
  /** @type {Account} */
  const row = {
    id, device, kader, lock, tokens, wrong: { count: 0, until: 0 }, signed_out: false, leaving: null,
    cursor: '', epoch, synced_at: null, handed_over: 0,
  };
  await change(['accounts'], ({ accounts: store }) => void store.put(row));
  await set('code', '');
  return { account: id, key, access, refresh };
}

/**
 * New tokens for an account that is open, by a new code for the same kader: what it holds is sent as
 * from the tablet that the code is for.
 * @param {Session} session @param {any} enrolled
 */
export async function signInAgain(session, enrolled) {
  const { device_id: device } = enrolled;
  const former = await navigator.locks.request(`tokens ${session.account}`, async () => {
    const row = await account(session.account);
    if (!row || row.kader.id !== enrolled.kader.id) throw new Error('another_kader');
    const isAnother = knownAs(row) !== device;
    const tokens = isAnother ? await vault.open(session.key, `tokens ${row.id}`, row.tokens) : null;
    const past = { leaving: null, why: '', stuck: null, lost: undefined, handed_over: 0 };
    await took(session, enrolled, { device, ...(isAnother ? past : {}) });
    return tokens;
  });
  await set('code', '');
  // Not before the account is the new tablet's for good: the former one may be told to erase itself.
  if (former) await holdsNothing(former);
}

/** Report as the tablet that this was until now; where that is over, nobody waits for it. @param {{refresh: string}} former */
async function holdsNothing({ refresh }) {
  const unsynced = { registrations: 0, photos: 0 };
  const body = { sent_at: clock.stamp(), app_version: VERSION, unsynced, oldest_unsynced_at: null, storage_free_bytes: null, storage_persistent: null };
  try {
    const { json } = await call('POST', 'auth/token/refresh/', { body: { refresh } });
    await call('POST', 'sync/devices/report/', { body, token: json.access });
  } catch (error) {
    if (!(error instanceof Refused || error instanceof NoAnswer)) throw error;
  }
}

/** @param {Account} row */
function knownAs(row) {
  return row.device ?? row.id;
}

/**
 * Whether a word to a tablet is for what the account is now. One to a tablet that it was before goes
 * by, and the session goes on with the tokens of now.
 * @param {Session} session @param {string | undefined} device
 */
export async function isForNow(session, device) {
  const row = await account(session.account);
  if (!row || knownAs(row) === device) return true;
  await renew(session, session.access);
  return false;
}

/** Those of a code's kader: of the code's tablet, or else all. @param {Account[]} all @param {any} enrolled */
export function ownOf(all, enrolled) {
  const own = all.filter((one) => one.kader?.id === enrolled.kader.id);
  const same = own.filter((one) => knownAs(one) === enrolled.device_id);
  return same.length ? same : own;
}

/**
 * @param {string} id @param {string} pin
 * @returns {Promise<{session: Session} | {wait_ms: number, wrong: boolean}>}
 */
export async function unlock(id, pin) {
  const row = await account(id);
  if (!row) throw new Error('no such account');
  const left = Math.min(row.wrong.until - Date.now(), vault.waitAfter(row.wrong.count));
  if (left > 0) return { wait_ms: left, wrong: false };
  const count = row.wrong.count + 1;
  const wait_ms = vault.waitAfter(count);
  // Counted before it is tried, so that ending the app in the middle gains nothing.
  await keep(id, { wrong: { count, until: Date.now() + wait_ms } });
  const key = await vault.unlocked(id, row.lock, pin);
  if (!key) return { wait_ms, wrong: true };
  await keep(id, { wrong: { count: 0, until: 0 } });
  await setClock();
  const tokens = await vault.open(key, `tokens ${id}`, row.tokens);
  return { session: { account: id, key, ...tokens } };
}

/** Put the clock right by what the server said last to any kader of this tablet. */
export async function setClock() {
  const last = await setting('clock');
  if (last) clock.learn(last.skew_ms, last.heard, last.is_guess);
}

/** Keep by what the clock is put right: a guess, too, so that it runs on from there, where no window has heard more. */
export function keepClock() {
  const value = clock.known();
  return change(['settings'], async ({ settings }) => {
    const last = (await answer(settings.get('clock')))?.value;
    const isOld = value.is_guess && last && (last.heard > value.heard || (last.heard === value.heard && last.skew_ms === value.skew_ms));
    if (!isOld) settings.put({ name: 'clock', value });
  });
}

/**
 * A call in the account's name, with a new access token where that is needed. Raises NoAnswer, and
 * Refused; with the code `token_invalid` the account needs a new code, and its records wait.
 * @param {Session} session @param {string} method @param {string} path @param {import('./server.js').Asked} [asked]
 */
export async function callAs(session, method, path, asked = {}) {
  if (expiresWithin(session.access, LATEST_ACCESS_S)) await renew(session, session.access);
  const used = session.access;
  try {
    return await callWith(used, method, path, asked);
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 401) throw error;
  }
  await renew(session, used);
  return callWith(session.access, method, path, asked);
}

/** The answer, or what is Refused, names the tablet that it is for. @param {string} token @param {string} method @param {string} path @param {import('./server.js').Asked} asked */
async function callWith(token, method, path, asked) {
  const device = /** @type {string | undefined} */ (claims(token)?.device);
  try {
    return { ...(await call(method, path, { ...asked, language: chosen(), token })), device };
  } catch (error) {
    if (error instanceof Refused) error.device = device;
    throw error;
  }
}

// Two tabs of one tablet must not use one refresh token up after each other.
/** @param {Session} session @param {string} used */
async function renew(session, used) {
  await navigator.locks.request(`tokens ${session.account}`, async () => {
    const row = await account(session.account);
    if (!row) throw new Error('no such account');
    Object.assign(session, await vault.open(session.key, `tokens ${row.id}`, row.tokens));
    if (session.access !== used) return;
    try {
      const { json } = await call('POST', 'auth/token/refresh/', { body: { refresh: session.refresh } });
      await took(session, json);
    } catch (error) {
      if (error instanceof Refused) {
        error.device = claims(session.access)?.device;
        if (error.status === 401) await keep(row.id, { signed_out: true });
      }
      throw error;
    }
  });
}

/** @param {Session} session @param {{access: string, refresh: string}} given @param {Partial<Account>} [beside] */
async function took(session, { access, refresh }, beside = {}) {
  const tokens = await vault.seal(session.key, `tokens ${session.account}`, { access, refresh });
  await keep(session.account, { tokens, signed_out: false, ...beside });
  Object.assign(session, { access, refresh });
}

/** @param {string} token @param {number} seconds */
function expiresWithin(token, seconds) {
  return claims(token)?.exp * 1000 < clock.now().getTime() + seconds * 1000;
}

/** What a token says, or null. @param {string} token @returns {any} */
function claims(token) {
  try {
    return JSON.parse(atob(token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/')));
  } catch {
    return null;
  }
}

/**
 * Erase an account and all that is its own, leaving a line that says so.
 * @param {Account} row
 */
export async function wipe(row) {
  const own = of(row.id);
  const names = ['records', 'photos', 'pictures', 'reference'];
  await change(['accounts', ...names], (stores) => {
    stores.accounts.delete(row.id);
    for (const name of names) stores[name].delete(own);
  });
  const receipts = await setting('erased', []);
  const line = { at: clock.stamp(), kader: row.kader.full_name, device: knownAs(row), handed_over: row.handed_over, lost: row.lost ?? null, why: row.why ?? '' };
  await set('erased', [...receipts, line].slice(-20));
}

function platform() {
  return /Android/.test(navigator.userAgent) ? 'android' : 'browser';
}
