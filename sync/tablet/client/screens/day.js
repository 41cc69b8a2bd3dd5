// A kader's day: the one big button, how much is done, and whether it has been sent.

import { account } from '../accounts.js';
import * as clock from '../clock.js';
import { h } from '../dom.js';
import { unsent } from '../photos.js';
import { begin, kindOf, rows, tally } from '../records.js';
import { byDay, figures, reference } from '../reference.js';
import { t, when } from '../words.js';
import { messages } from './messages.js';
import { startNote } from './note.js';

/** @type {('lead' | 'attendance')[]} */
const NOTES = ['lead', 'attendance'];
const LOOK_AT = ['damaged', 'fix', 'draft', 'waiting', 'look', 'accepted'];

/** @param {import('../main.js').App} app */
export async function day(app) {
  const session = /** @type {import('../accounts.js').Session} */ (app.session);
  const [row, all, known] = await Promise.all([account(session.account), rows(session.account), reference(session.account)]);
  if (!row) return [];
  const campaigns = byDay(known.campaigns);
  const told = figures(row.day);
  const isToday = (/** @type {import('../records.js').Row} */ one) => kindOf(one) === 'registration' && one.state !== 'draft' && one.captured_at.slice(0, 10) === clock.today();
  const today = all.filter(isToday).length;
  const due = all.filter((one) => one.due && one.due <= clock.today()).length;
  const counts = tally(all);
  return [
    h('h1', { tabindex: -1 }, t('hello', { name: row.kader.full_name })),
    row.leaving ? null : campaigns.length
      ? h('button.main.big#register', { onclick: () => start(app, session, usual(campaigns, row.campaign)) }, t('register'))
      : h('p.card', null, t('no_campaign')),
    campaigns.length && !row.leaving ? h('div.row', null, ...NOTES.map((kind) => h(`button#new-${kind}`, { onclick: () => startNote(app, kind, campaigns) }, t(`${kind}_new`)))) : null,
    h('section.card', null,
      h('h2', null, t('today')),
      h('p', null, h('strong.figure', null, today), ' ', t('captured_today')),
      due ? h('p', null, h('a.button', { href: '/tablet/#/list/lead' }, `${t('follow_up_due')}: ${due}`)) : null),
    all.length ? h('section.card', null,
      h('h2', null, t('all_records')),
      h('ul.tally', null, ...LOOK_AT.filter((state) => counts[state]).map((state) => h('li', null,
        h('a', { href: `/tablet/#/list/${state}`, class: `state ${state}` }, h('strong', null, counts[state]), ` ${t(`state_${state}`)}`))))) : null,
    await messages(app, session, row),
    outbox(app, row, counts.waiting ?? 0, await unsent(session.account, all)),
    campaigns[0] ? progress(campaigns, told) : null,
    told?.villages.length ? standings(told) : null,
    h('nav.row', null,
      h('a.button', { href: '/tablet/#/list/' }, t('my_records')),
      h('a.button', { href: '/tablet/#/list/lead' }, t('leads')),
      h('a.button', { href: '/tablet/#/more' }, t('more')),
      h('button', { onclick: () => app.close() }, t('lock'))),
  ].filter(Boolean);
}

/** @param {import('../main.js').App} app @param {import('../accounts.js').Account} row @param {number} waiting @param {number} photos */
function outbox(app, row, waiting, photos) {
  const isNew = row.signed_out;
  return h('section.card#outbox', { 'data-synced': row.synced_at },
    h('p', null, [waiting && t('waiting_here', { n: waiting }), photos && t('photos_here', { n: photos })].filter(Boolean).join(' · ') || t('all_sent')),
    h('p#sync-text', { role: 'status' }, app.courier?.text ?? ''),
    h('p.quiet', null, row.synced_at ? t('synced_at', { at: when(row.synced_at) }) : t('never_synced')),
    isNew ? h('p.wrong', null, t('signed_out')) : null,
    isNew ? h('a.button', { href: '/tablet/#/more' }, t('new_code')) : null,
    h('button#sync', { onclick: () => app.courier?.soon(0) }, t('sync_now')));
}

/** @param {any[]} campaigns @param {any} day as the server told it last */
function progress(campaigns, day) {
  const signups = (/** @type {any} */ one) => {
    const found = day?.campaigns.find((/** @type {any} */ told) => told.id === one.id);
    return found ? t(found.all === null ? 'own_only' : 'own_of_all', found) : '';
  };
  return h('section.card', null, h('h2', null, t('campaign')),
    h('ul', null, ...campaigns.slice(0, 5).map((one) => h('li', null,
      h('bdi', null, one.name), one.is_out ? h('strong', null, ` · ${t('out_today')}`) : null, h('p.quiet', null, signups(one))))),
    day ? h('p.quiet', null, t('as_of', { at: when(day.as_of) })) : null);
}

/** @param {any} day */
function standings(day) {
  const number = (/** @type {any} */ value, /** @type {string} */ otherwise) => (value === null ? otherwise : String(value));
  return h('section.card#standings', null, h('h2', null, t('standings_of', { district: day.district })),
    h('table', null,
      h('thead', null, h('tr', null, ...['rank', 'village', 'verified'].map((name) => h('th', { scope: 'col' }, t(name))))),
      h('tbody', null, ...day.villages.map((/** @type {any} */ one) => h('tr', null,
        h('td', null, number(one.rank, '–')), h('th', { scope: 'row' }, one.name), h('td', null, number(one.verified, t('few'))))))),
    h('p.quiet', null, t('as_of', { at: when(day.as_of) })));
}

/** Where a kader is likely to be: where the last one was registered, if that is out today. @param {any[]} campaigns @param {string} [last] */
function usual(campaigns, last) {
  const out = campaigns.filter((one) => one.is_out && one.takes_signups);
  return (out.find((one) => one.id === last) ?? out[0])?.id ?? null;
}

/** @param {import('../main.js').App} app @param {import('../accounts.js').Session} session @param {string | null} campaign */
async function start(app, session, campaign) {
  const id = crypto.randomUUID();
  await begin(session, {
    id, base_revision: 0, campaign, stop: null, captured_at: clock.stamp(), programmes: ['JKK', 'JKM'],
    months_prepaid: 1, payer: 'self', membership_kind: 'unknown', is_employer: false, photos: [],
  });
  app.go(`form/${id}`);
}
