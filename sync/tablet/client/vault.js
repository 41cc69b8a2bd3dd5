// Sealing what lies on the tablet. Each kader's rows are sealed with a key of their own, which only
// the kader's PIN opens. A PIN is short: the derivation is slow and wrong ones have to wait, but who
// takes the tablet apart can try them all in days. That is why little is kept, and for a short time.

const ROUNDS = 600_000;
const FREE_TRIES = 4;
const LONGEST_WAIT_MS = 15 * 60_000;

/**
 * @typedef {{salt: Uint8Array, rounds: number, iv: Uint8Array, wrapped: ArrayBuffer}} Lock
 * @typedef {{iv: Uint8Array, data: ArrayBuffer}} Sealed
 */

/** A new key, and the lock that the PIN opens. @param {string} account @param {string} pin */
export async function newLock(account, pin) {
  const raw = crypto.getRandomValues(new Uint8Array(32));
  const lock = await locked(account, pin, raw);
  const key = await imported(raw);
  raw.fill(0);
  return { lock, key };
}

/**
 * The key behind a lock, or null for a wrong PIN.
 * @param {string} account @param {Lock} lock @param {string} pin
 */
export async function unlocked(account, lock, pin) {
  const opener = await derived(pin, lock.salt, lock.rounds);
  const how = { name: 'AES-GCM', iv: lock.iv, additionalData: bytes(`lock ${account}`) };
  let raw;
  try {
    raw = new Uint8Array(await crypto.subtle.decrypt(how, opener, lock.wrapped));
  } catch {
    return null;
  }
  const key = await imported(raw);
  raw.fill(0);
  return key;
}

/** How long to wait after so many wrong PINs in a row, in ms. @param {number} wrong */
export function waitAfter(wrong) {
  return wrong < FREE_TRIES ? 0 : Math.min(5_000 * 2 ** (wrong - FREE_TRIES), LONGEST_WAIT_MS);
}

/**
 * Sealed for one place: nothing that was moved elsewhere, or altered, opens.
 * @param {CryptoKey} key @param {string} place @param {unknown} value
 */
export function seal(key, place, value) {
  return sealBytes(key, place, bytes(JSON.stringify(value)));
}

/** @param {CryptoKey} key @param {string} place @param {BufferSource} content @returns {Promise<Sealed>} */
export async function sealBytes(key, place, content) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const how = { name: 'AES-GCM', iv, additionalData: bytes(place) };
  return { iv, data: await crypto.subtle.encrypt(how, key, content) };
}

/** @param {CryptoKey} key @param {string} place @param {Sealed} sealed @returns {Promise<any>} */
export async function open(key, place, sealed) {
  return JSON.parse(new TextDecoder().decode(await openBytes(key, place, sealed)));
}

/** Raises an OperationError for what was altered. @param {CryptoKey} key @param {string} place @param {Sealed} sealed */
export function openBytes(key, place, sealed) {
  const how = { name: 'AES-GCM', iv: sealed.iv, additionalData: bytes(place) };
  return crypto.subtle.decrypt(how, key, sealed.data);
}

/** @param {string} text */
export function bytes(text) {
  return new TextEncoder().encode(text);
}

/** @param {BufferSource} content @returns {Promise<string>} the SHA-256 in hexadecimal */
export async function sha256(content) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', content));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @param {string} account @param {string} pin @param {Uint8Array<ArrayBuffer>} raw @returns {Promise<Lock>} */
async function locked(account, pin, raw) {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const opener = await derived(pin, salt, ROUNDS);
  const how = { name: 'AES-GCM', iv, additionalData: bytes(`lock ${account}`) };
  return { salt, rounds: ROUNDS, iv, wrapped: await crypto.subtle.encrypt(how, opener, raw) };
}

/** @param {string} pin @param {Uint8Array} salt @param {number} iterations */
async function derived(pin, salt, iterations) {
  const base = await crypto.subtle.importKey('raw', bytes(pin), 'PBKDF2', false, ['deriveKey']);
  const how = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations };
  const kind = { name: 'AES-GCM', length: 256 };
  return crypto.subtle.deriveKey(how, base, kind, false, ['encrypt', 'decrypt']);
}

/** @param {Uint8Array<ArrayBuffer>} raw */
function imported(raw) {
  return crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']);
}
