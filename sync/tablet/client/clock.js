// The time, put right by what the server said last. A clock that is wrong is told, and never stops
// anybody.

const WORTH_TELLING_MS = 2 * 60_000;
const LONGEST_AWAY_MS = 30 * 24 * 3600_000;

let ahead = 0;
let heard = 0;

/** The tablet's clock minus the server's, in ms, as it was when they last spoke. */
export function skew() {
  return ahead;
}

/** @param {number} ms @param {number} [at]  when the server said so, by its own clock */
export function learn(ms, at = Date.now() - ms) {
  ahead = ms;
  heard = at;
}

// Somebody set the clock right since: put right again, it would show a time before what the server
// said, or one too far from it while the clock itself shows one that is near.
function isSetSince() {
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
  return Math.abs(ahead) >= WORTH_TELLING_MS && !isSetSince();
}

/** An instant with the tablet's own offset, as the wire wants it. @param {Date} [at] */
export function stamp(at = now()) {
  const offset = -at.getTimezoneOffset();
  const local = new Date(at.getTime() + offset * 60_000).toISOString().slice(0, 19);
  const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60];
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  return `${local}${offset < 0 ? '-' : '+'}${two(hours)}:${two(minutes)}`;
}

/** Today's date where the tablet is, as 2026-11-20. */
export function today() {
  return stamp().slice(0, 10);
}
