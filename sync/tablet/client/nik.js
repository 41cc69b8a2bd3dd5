// What a NIK says by itself: district, birth date with 40 added to a woman's day, serial. It is
// never reissued when a birth date is corrected, so what it says warns and never refuses.

/** @param {string} nik */
export function isNik(nik) {
  return /^[0-9]{16}$/.test(nik);
}

/** Typed to fill the field: no real NIK has a part that is zero, or counts its digits. @param {string} nik */
export function isPlaceholder(nik) {
  const step = (Number(nik[1]) - Number(nik[0]) + 10) % 10;
  const counts = [0, 1, 9].includes(step)
    && [...nik].every((digit, at) => at === 0 || (Number(digit) - Number(nik[at - 1]) + 10) % 10 === step);
  return counts || nik.slice(12) === '0000' || nik.slice(0, 6) === '000000' || nik.slice(6, 12) === '000000';
}

/**
 * Where 16 digits contradict what was declared.
 * @param {string} nik @param {string} birthDate as 1984-03-05, or '' @param {string} sex female, male or ''
 * @returns {('birth_date' | 'sex')[]}
 */
export function disagrees(nik, birthDate, sex) {
  const digits = Number(nik.slice(6, 8));
  const said = digits >= 1 && digits <= 31 ? 'male' : digits >= 41 && digits <= 71 ? 'female' : null;
  const day = said === 'female' ? digits - 40 : digits;
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  /** @type {('birth_date' | 'sex')[]} */
  const found = [];
  const [year, month, dayOfMonth] = birthDate.split('-');
  if (birthDate && `${two(day)}${nik.slice(8, 12)}` !== `${dayOfMonth}${month}${year.slice(2)}`) {
    found.push('birth_date');
  }
  if (sex && said && said !== sex) found.push('sex');
  return found;
}
