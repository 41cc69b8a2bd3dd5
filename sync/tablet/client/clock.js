// The time, put right by what the server said last. A clock that is wrong is told, and never stops
// anybody.

const WORTH_TELLING_MS = 2 * 60_000;
const LONGEST_AWAY_MS = 30 * 24 * 3600_000;

let ahead = 0;
let heard = 0;
let isGuess = false;

/**
 * The tablet's clock minus the server's, in ms, as it was when they last spoke; a guess where the
 * clock was set back since. `heard`: when they spoke, by the server's clock.
 */
export function known() {
  noticeSetBack();
  return { skew_ms: ahead, heard, is_guess: isGuess };
}

/** @param {number} ms @param {number} [at]  when the server said so, by its own clock @param {boolean} [isGuessed] */
export function learn(ms, at = Date.now() - ms, isGuessed = false) {
  ahead = ms;
  heard = at;
  isGuess = isGuessed;
}

// It cannot be earlier than what the server said last. A clock that says so, as after a flat battery,
// runs on from there: at the earliest it is as late as that.
function noticeSetBack() {
  const latest = Math.max(Date.now(), Date.now() - ahead);
  if (heard && latest < heard - WORTH_TELLING_MS) learn(Date.now() - heard, heard, true);
}

// Somebody set the clock right since: put right again, it would show a time before what the server
// said, or one too far from it while the clock itself shows one that is near.
function isSetSince() {
  // What was guessed holds as long as the clock shows what cannot be.
  if (isGuess) return Date.now() >= heard - WORTH_TELLING_MS;
  const since = Date.now() - heard;
  if (!heard || since < -WORTH_TELLING_MS) return false;
  return since - ahead < -WORTH_TELLING_MS || (-ahead > LONGEST_AWAY_MS && since <= LONGEST_AWAY_MS);
}

/** By how much `now` differs from the tablet's clock, in ms. */
export function applied() {
  return isWrong() ? ahead : 0;
}

/** What time it is. @returns {Date} */
export function now() {
  return new Date(Date.now() - applied());
}

/** Whether the tablet's clock is wrong enough to be told. */
export function isWrong() {
  noticeSetBack();
  return isWorthTelling(ahead) && !isSetSince();
}

/** Whether a clock that is so much off is wrong. @param {number} ms */
export function isWorthTelling(ms) {
  return Math.abs(ms) >= WORTH_TELLING_MS;
}

/**
 * On what a stamp of this moment stands, where the server has not said that it is right: `by` is what
 * the clock is put right by, `after` what the server said last.
 * @typedef {{by: number, after: number}} Basis
 * @returns {Basis | undefined}
 */
export function basis() {
  const by = applied();
  return !by || isGuess ? { by, after: heard } : undefined;
}

/**
 * By what to put the clock right beside a stamp: as it was done for the stamp, unless the clock was
 * set since, so that the stamp cannot be put right by what is known now.
 * @param {string} stamped @param {Basis | undefined} on
 */
export function beside(stamped, on) {
  if (!on || on.by === applied()) return applied();
  const right = Date.parse(stamped) + on.by - applied();
  return right >= on.after - WORTH_TELLING_MS && right <= now().getTime() + WORTH_TELLING_MS ? on.by : applied();
}

/** An instant with the tablet's own offset, as the wire wants it. @param {Date} [at] */
export function stamp(at = now()) {
  const offset = -at.getTimezoneOffset();
  const local = new Date(at.getTime() + offset * 60_000).toISOString().slice(0, 19);
  const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60];
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  return `${local}${offset < 0 ? '-' : '+'}${two(hours)}:${two(minutes)}`;
}

const INSTANT = /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** Whether the server can read it as an instant: by RFC 3339, of this century. @param {unknown} at @returns {at is string} */
export function isInstant(at) {
  if (typeof at !== 'string' || !INSTANT.test(at) || Number.isNaN(Date.parse(at))) return false;
  return new Date(`${at.slice(0, 10)}T00:00:00Z`).getUTCDate() === Number(at.slice(8, 10));
}

/** Today's date where the tablet is, as 2026-11-20. */
export function today() {
  return stamp().slice(0, 10);
}
