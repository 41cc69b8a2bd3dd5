// What the office writes to the kader, and what it says to their questions; readable without signal.

import { keep } from '../accounts.js';
import * as clock from '../clock.js';
import { h } from '../dom.js';
import { openTold } from '../told.js';
import { dayOf, t, when } from '../words.js';

/**
 * @param {import('../main.js').App} app @param {import('../accounts.js').Session} session
 * @param {import('../accounts.js').Account} row
 */
export async function messages(app, session, row) {
  const told = await openTold(session, row);
  const now = clock.now().getTime();
  const written = told.messages.filter((/** @type {any} */ one) => Date.parse(one.until) > now);
  const all = [...written.map(asMessage), ...told.answers.map(asAnswer)].sort((one, other) => (one.at < other.at ? 1 : -1));
  if (!all.length) return null;
  const seen = new Set(row.seen);
  const unread = all.filter((one) => !seen.has(one.id)).length;
  const read = async () => {
    await keep(row.id, { seen: all.map((one) => one.id) });
    await app.draw(true);
  };
  return h('section.card#messages', null,
    h('h2', null, t('messages'), unread ? h('span.state.look', null, t('unread', { n: unread })) : null),
    h('ul', null, ...all.map((one) => shown(one, !seen.has(one.id)))),
    unread ? h('button', { onclick: read }, t('mark_read')) : null);
}

/** @typedef {{id: string, at: string, head: string, about: string, text: string, foot: string, record: string | null}} Shown */

/** @param {any} one @returns {Shown} */
function asMessage(one) {
  const lastDay = dayOf(clock.stamp(new Date(Date.parse(one.until) - 1)).slice(0, 10));
  return { id: one.id, at: one.sent_at, head: one.by, about: one.to, text: one.text, foot: t('shown_through', { day: lastDay }), record: null };
}

/** @param {any} one @returns {Shown} */
function asAnswer(one) {
  return { id: `${one.registration} ${one.at}`, at: one.at, head: one.by, about: `${t(`said_${one.kind}`)}: ${one.about}`, text: one.text, foot: '', record: one.registration };
}

/** @param {Shown} one @param {boolean} isNew */
function shown(one, isNew) {
  return h('li.message', null,
    h('p.quiet', null, h('strong', null, one.head), ` · ${when(one.at)} `, isNew ? h('span.state.look', null, t('unread_one')) : null),
    h('p.quiet', null, one.about),
    h('p.words', null, one.text),
    one.foot ? h('p.quiet', null, one.foot) : null,
    one.record ? h('a.back', { href: `/tablet/#/record/${one.record}` }, t('to_record')) : null);
}
