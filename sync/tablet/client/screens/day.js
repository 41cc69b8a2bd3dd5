// A kader's day: the one big button, how much is done, and whether it has been sent.

import { account } from '../accounts.js';
import * as clock from '../clock.js';
import { h } from '../dom.js';
import { begin, entries } from '../records.js';
import { byDay, reference } from '../reference.js';
import { t, when } from '../words.js';

const LOOK_AT = ['fix', 'draft', 'waiting', 'look', 'accepted'];

/** @param {import('../main.js').App} app */
export async function day(app) {
  const session = /** @type {import('../accounts.js').Session} */ (app.session);
  const [row, all, known] = await Promise.all([account(session.account), entries(session), reference(session.account)]);
  if (!row) return [];
  const campaigns = byDay(known.campaigns);
  const today = all.filter((one) => one.row.captured_at.slice(0, 10) === clock.today()).length;
  const counts = new Map(LOOK_AT.map((state) => [state, all.filter((one) => one.row.state === state).length]));
  return [
    h('h1', { tabindex: -1 }, t('hello', { name: row.kader.full_name })),
    campaigns.length
      ? h('button.main.big#register', { onclick: () => start(app, session, campaigns[0].id), disabled: !!row.leaving }, t('register'))
      : h('p.card', null, t('no_campaign')),
    h('section.card', null,
      h('h2', null, t('today')),
      h('p', null, h('strong.figure', null, today), ' ', t('captured_today')),
      h('ul.tally', null, ...LOOK_AT.filter((state) => counts.get(state)).map((state) => h('li', null,
        h('a', { href: `/tablet/#/list/${state}`, class: `state ${state}` }, h('strong', null, counts.get(state) ?? 0), ` ${t(`state_${state}`)}`))))),
    outbox(app, row, (counts.get('waiting') ?? 0)),
    campaigns[0] ? h('section.card', null, h('h2', null, t('campaign')), h('ul', null, ...campaigns.slice(0, 5).map(
      (one) => h('li', null, one.name, one.is_out ? h('strong', null, ` · ${t('out_today')}`) : null)))) : null,
    h('nav.row', null,
      h('a.button', { href: '/tablet/#/list/' }, t('my_records')),
      h('a.button', { href: '/tablet/#/more' }, t('more')),
      h('button', { onclick: () => app.close() }, t('lock'))),
  ].filter(Boolean);
}

/** @param {import('../main.js').App} app @param {import('../accounts.js').Account} row @param {number} unsent */
function outbox(app, row, unsent) {
  const isNew = row.signed_out;
  return h('section.card#outbox', { 'data-synced': row.synced_at },
    h('p', null, unsent ? t('waiting_here', { n: unsent }) : t('all_sent')),
    h('p#sync-text', { role: 'status' }, app.courier?.text ?? ''),
    h('p.quiet', null, row.synced_at ? t('synced_at', { at: when(row.synced_at) }) : t('never_synced')),
    isNew ? h('p.wrong', null, t('signed_out')) : null,
    isNew ? h('a.button', { href: '/tablet/#/more' }, t('new_code'))
      : h('button#sync', { onclick: () => app.courier?.soon(0) }, t('sync_now')));
}

/** @param {import('../main.js').App} app @param {import('../accounts.js').Session} session @param {string} campaign */
async function start(app, session, campaign) {
  const id = crypto.randomUUID();
  await begin(session, {
    id, base_revision: 0, campaign, stop: null, captured_at: clock.stamp(), programmes: ['JKK', 'JKM'],
    months_prepaid: 1, payer: 'self', membership_kind: 'unknown', is_employer: false, photos: [],
  });
  app.go(`form/${id}`);
}
