// What the forms of all kinds of records share: held by one window, kept as typed, then sent off.

import { isFull } from '../database.js';
import { h } from '../dom.js';
import * as records from '../records.js';
import { byDay } from '../reference.js';
import { dayOf, t } from '../words.js';
import { field, note, point, select, settle } from './fields.js';

const SAVE_AFTER_MS = 300;

/**
 * A draft's form: sent off once nothing is certainly wrong, kept for later, or thrown away.
 * @param {import('../main.js').App} app @param {import('../accounts.js').Session} session @param {records.Entry} one
 * @param {any} wire @param {() => Promise<boolean>} save @param {() => [string, string][]} faults
 * @param {() => string | Promise<string>} sent  gives where to go on
 * @param {...Node} sections
 */
export function draftForm(app, session, one, wire, save, faults, sent, ...sections) {
  const finish = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const wrong = new Map(faults().map(([name, why]) => [name, t(why)]));
    point(wrong);
    if (wrong.size || !(await save())) return;
    await records.finish(session, one.row.id);
    const path = await sent();
    app.courier?.soon(0);
    app.said = t('saved', { name: wire.full_name || t(records.kindOf(one.row)) });
    app.go(path);
  };
  return h('form', { onsubmit: finish, onentered: () => settle(new Set(faults().map(([name]) => name)), wire), novalidate: true }, ...sections,
    throwAway(app, session, one),
    h('div.bar', null, h('button.main', { type: 'submit' }, t('finish')), h('a.button', { href: '/tablet/#/day' }, t('save_draft'))));
}

/** @param {import('../main.js').App} app @param {import('../accounts.js').Session} session @param {records.Entry} one */
function throwAway(app, session, { row, content }) {
  const before = content?.before;
  const label = before ? t('cancel_edit') : t('discard');
  return h('button', {
    type: 'button',
    onclick: async () => {
      if (!before && !confirm(t('discard_sure'))) return;
      await app.leave?.();
      app.leave = null;
      await (before ? records.cancelEdit(session, row.id) : records.discard(session, row.id));
      app.go('day');
    },
  }, label);
}

/** One window a record; gives what lets go of it, or null. @param {string} id @returns {Promise<(() => void) | null>} */
export function held(id) {
  return new Promise((resolve) => {
    void records.holding(id, (isOurs) => {
      if (!isOurs) return resolve(null);
      return new Promise((letGo) => resolve(() => letGo(undefined)));
    });
  });
}

/** Said in place of a form that another window holds. */
export function inAnotherWindow() {
  return [h('p.card', null, t('two_tabs')), h('a.button', { href: '/tablet/#/day' }, t('back'))];
}

/** @param {import('../main.js').App} app @param {import('../accounts.js').Session} session @param {string} id @param {any} wire */
export function saver(app, session, id, wire) {
  let timer = 0;
  let last = JSON.stringify(wire);
  const now = async () => {
    clearTimeout(timer);
    document.querySelector('form')?.dispatchEvent(new Event('entered'));
    const typed = JSON.stringify(wire);
    if (typed === last) return true;
    try {
      await records.save(session, id, JSON.parse(typed));
      last = typed;
      return true;
    } catch (error) {
      if (!isFull(error)) throw error;
      app.storageFull();
      return false;
    }
  };
  return { now, soon: () => { clearTimeout(timer); document.querySelector('form')?.dispatchEvent(new Event('entered')); timer = window.setTimeout(() => void now(), SAVE_AFTER_MS); } };
}

/** Puts what was entered into a field of the record. @param {any} wire @param {() => void} touched */
export function putter(wire, touched) {
  return (/** @type {string} */ name) => (/** @type {any} */ value) => { wire[name] = value; touched(); };
}

/** @param {string} name @param {Node[]} fields */
export function section(name, fields) {
  return h('section.card', null, h('h2', null, t(name)), ...fields);
}

/** @param {{wire: any, known: import('../reference.js').Reference}} filling @param {() => void} touched @param {boolean} [isSignup] */
export function campaignFields({ wire, known }, touched, isSignup = false) {
  const campaigns = byDay(known.campaigns);
  const stops = () => (campaigns.find((one) => one.id === wire.campaign)?.stops ?? []).map(
    (/** @type {any} */ one) => [one.id, one.name]);
  const stop = h('div');
  const drawStop = () => stop.replaceChildren(...(stops().length ? [field('stop', select(wire, 'stop', stops(), putter(wire, touched)('stop')))] : []));
  drawStop();
  const days = (/** @type {any} */ one) => (one.is_out ? t('out_today') : dayOf(one.first_day));
  const options = campaigns.map((one) => /** @type {[any, string]} */ ([one.id, `${one.name} · ${days(one)}`]));
  const about = () => {
    const one = campaigns.find((other) => other.id === wire.campaign);
    const isMisplaced = isSignup && one && !one.takes_signups;
    note('campaign', isMisplaced ? t('campaign_no_signups')
      : one && !one.is_out ? t('campaign_not_out', { first: dayOf(one.first_day), last: dayOf(one.last_day) }) : '');
  };
  setTimeout(about);
  return [
    field('campaign', select(wire, 'campaign', options, (value) => { Object.assign(wire, { campaign: value, stop: null }); drawStop(); about(); touched(); })), stop,
  ];
}

/** What the server found wrong, at the fields. @param {any} result @param {any} wire */
export function tellProblems(result, wire) {
  const wrong = new Map((result?.problems ?? []).map((/** @type {any} */ one) => [one.pointer.split('/')[1] ?? '', one.detail]));
  if (wrong.size) point(/** @type {Map<string, string>} */ (wrong), wire);
}
