// What a worker would pay, by the dated rules that the server gave. The server's own reckoning is the
// one that counts; this one lets a kader say it without signal.

export const PAYERS = ['self', 'sponsor', 'village', 'local_budget', 'national_budget'];

/**
 * @typedef {{income: number | null, programmes: string[], is_transport: boolean | null, payer: string | null,
 *   is_employer: boolean, first_month: string, months: number | null}} Worker
 * @typedef {{total: number | null, first: number | null, missing: string[], unchecked: boolean}} Quote
 *   in whole rupiah: of all months together, and of the first
 */

/** @param {Worker} worker @param {any} rules @returns {Quote} */
export function quote(worker, rules) {
  const missing = alwaysMissing(worker);
  let [total, unchecked] = [0, false];
  /** @type {number | null} */
  let first = null;
  for (let number = 0; number < (worker.months ?? 1) && !missing.some((code) => code !== 'months_missing'); number += 1) {
    const cost = month(worker, rules, later(worker.first_month, number));
    if (typeof cost.amount !== 'number') {
      missing.push(...cost.missing);
      break;
    }
    first ??= cost.amount;
    total += cost.amount;
    unchecked ||= cost.unchecked;
  }
  return { total: missing.length ? null : total, first, missing, unchecked };
}

/** @param {string} month as 2026-11 @param {number} months */
export function later(month, months) {
  const count = Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1 + months;
  return `${Math.floor(count / 12)}-${String((count % 12) + 1).padStart(2, '0')}`;
}

/** @param {Worker} worker */
function alwaysMissing(worker) {
  const has = (/** @type {string} */ name) => worker.programmes.includes(name);
  const missing = [];
  if (!has('JKK') || !has('JKM')) missing.push('programmes_minimum');
  if (worker.is_employer && !has('JHT')) missing.push('jht_required');
  if (worker.income === null) missing.push('income_missing');
  if (worker.months === null) missing.push('months_missing');
  return missing;
}

/** @param {Worker} worker @param {any} rules @param {string} when @returns {{amount?: number, missing: string[], unchecked: boolean}} */
function month(worker, rules, when) {
  const inForce = (/** @type {any} */ one) => one.first_month <= when && (!one.last_month || when <= one.last_month);
  const rule = rules?.rules.find(inForce);
  if (!rule) return { missing: ['no_rule'], unchecked: false };
  const table = rules.bracket_tables.find(inForce);
  const base = baseOf(Number(worker.income), rule, table);
  if (base === null) return { missing: ['brackets_missing'], unchecked: false };
  const amounts = new Set(possibleReliefs(worker, rules.reliefs.filter(inForce)).map(
    (reliefs) => amount(base, rule, reliefs, worker.programmes.includes('JHT')),
  ));
  if (amounts.size === 1) return { amount: [...amounts][0], missing: [], unchecked: !!table && !table.checked };
  const missing = [];
  if (worker.is_transport === null) missing.push('occupation_unknown');
  if (worker.payer === null) missing.push('payer_missing');
  return { missing, unchecked: false };
}

/** @param {number} income @param {any} rule @param {any} table @returns {number | null} */
function baseOf(income, rule, table) {
  if (!table) return income <= rule.lowest_base ? rule.lowest_base : null;
  const whole = income - (income % table.step);
  return table.brackets.filter((/** @type {any} */ one) => one.min <= whole).at(-1).base;
}

/** @param {Worker} worker @param {any[]} reliefs @returns {any[][]} one list for each way that what is not known may be */
function possibleReliefs(worker, reliefs) {
  const marks = worker.is_transport === null ? [true, false] : [worker.is_transport];
  const payers = worker.payer ? [worker.payer] : PAYERS;
  return marks.flatMap((mark) => payers.map((payer) => reliefs.filter(
    (one) => one.for_transport === mark && !one.not_for_payers.includes(payer),
  )));
}

/** @param {number} base @param {any} rule @param {any[]} reliefs @param {boolean} hasJht */
function amount(base, rule, reliefs, hasJht) {
  const percent = (/** @type {string} */ name) => reliefs.find((one) => one.programmes.includes(name))?.pays_percent ?? 100;
  const part = (/** @type {number} */ ppm, /** @type {string} */ name) => halfUp(base * ppm * percent(name), 100_000_000);
  return part(rule.jkk_rate_ppm, 'JKK') + halfUp(rule.jkm_amount * percent('JKM'), 100)
    + (hasJht ? part(rule.jht_rate_ppm, 'JHT') : 0);
}

/** @param {number} value @param {number} divisor */
function halfUp(value, divisor) {
  return Number((BigInt(Math.round(value)) * 2n + BigInt(divisor)) / (2n * BigInt(divisor)));
}
