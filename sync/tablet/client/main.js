// The app's beginning: what is shown, who has unlocked it, and when it locks itself again.

import { account, accounts, codeUnderWay, keep, setClock } from './accounts.js';
import * as clock from './clock.js';
import { h } from './dom.js';
import { keepUpToDate } from './updating.js';
import { chosen, duration, loadLanguage, t, when } from './words.js';
import { isFull, reserve, room, setting } from './database.js';
import { Courier } from './courier.js';
import { giveUp } from './syncing.js';
import { day } from './screens/day.js';
import { enrolment } from './screens/enrolment.js';
import { form } from './screens/note.js';
import { lock } from './screens/lock.js';
import { more } from './screens/more.js';
import { record } from './screens/record.js';
import { recordList } from './screens/list.js';

const IDLE_MS = 5 * 60_000;
const LOW_BYTES = 100 * 1024 * 1024;
const CODE = /^#[A-Za-z0-9-]{6,40}$/;

/**
 * @typedef {{session: import('./accounts.js').Session | null, courier: Courier | null, code: string, said: string,
 *   open(session: import('./accounts.js').Session): void, close(): void, go(path: string): void,
 *   draw(isAgain?: boolean): Promise<void>, save: (() => Promise<unknown>) | null, leave: (() => Promise<void> | void) | null, storageFull(): void, install: any}} App
 *   `install` is the browser's offer to put the app on the home screen, where it has made one
 */

/** @type {App} */
export const app = {
  session: null,
  courier: null,
  code: '',
  said: '',
  save: null,
  leave: null,
  install: null,

  open(session) {
    app.session = session;
    app.courier = new Courier(session, () => void notices(), () => app.close(), () => void synced());
    app.courier.start();
    idle();
    app.go('day');
  },

  close() {
    app.courier?.stop();
    Object.assign(app, { session: null, courier: null });
    app.go('');
  },

  go(path) {
    const hash = `#/${path}`;
    if (location.hash === hash) void app.draw();
    else location.hash = hash;
  },

  async draw(isAgain = false) {
    warn('failed', '');
    await left();
    const page = /** @type {HTMLElement} */ (document.getElementById('page'));
    try {
      page.replaceChildren(...(await screen()));
    } catch (error) {
      failed(error);
    }
    if (!isAgain) {
      warn('saved', app.said);
      app.said = '';
      /** @type {HTMLElement | null} */ (page.querySelector('[autofocus]') ?? page.querySelector('h1'))?.focus();
      scrollTo(0, 0);
    }
    await notices();
  },

  storageFull() {
    warn('storage', t('storage_full'));
  },
};

/** @returns {Promise<Node[]>} */
async function screen() {
  const [name, id] = location.hash.replace(/^#\/?/, '').split('/');
  if (!app.session) {
    const all = await accounts();
    return name === 'enrol' || app.code || !all.length ? enrolment(app, all) : lock(app, all);
  }
  if (!(await account(app.session.account))) {
    app.session = null;
    return screen();
  }
  const screens = { day, list: recordList, record, form, more };
  return (screens[/** @type {keyof typeof screens} */ (name)] ?? day)(app, id ?? '');
}

/** Room may be there again after a sync, or after other files were deleted. */
async function synced() {
  await setClock();
  if (await reserve()) warn('storage', '');
  await redrawn();
}

/** Lists follow what a sync brought; a form stays as it is. */
async function redrawn() {
  if (!location.hash.startsWith('#/form') && !location.hash.startsWith('#/more')) await app.draw(true);
}

let idleTimer = 0;

function idle() {
  clearTimeout(idleTimer);
  if (app.session) idleTimer = window.setTimeout(lockAfterIdle, IDLE_MS);
}

async function lockAfterIdle() {
  await left();
  app.close();
}

/** Leave the form that is open, if any; what it could not keep stops nobody, and is told unless all was erased. */
async function left() {
  const { leave } = app;
  Object.assign(app, { leave: null, save: null });
  try {
    await leave?.();
  } catch (error) {
    if (app.session) failed(error);
  }
}

/** What a kader has to know whatever they are doing. */
async function notices() {
  const { skew_ms, heard, is_guess } = clock.known();
  warn('clock', !clock.isWrong() ? '' : is_guess ? t('clock_set_back', { at: when(heard) }) : t('clock_wrong', { by: duration(skew_ms) }));
  const { free } = await room();
  warn('space', free !== null && free < LOW_BYTES ? t('storage_low', { mb: Math.floor(free / 1048576) }) : '');
  const row = app.session && (await account(app.session.account));
  if (row && is_guess && row.skew_ms !== skew_ms) await keep(row.id, { skew_ms, is_guess, synced_at: heard });
  const { leaving, why, stuck } = row || {};
  const reason = why ? ` ${t('leaving_why', { why })}` : '';
  const isStuck = leaving === 'hand_over' && stuck;
  warn('leaving', leaving ? t(isStuck ? 'leaving_now' : `leaving_${leaving}`) + reason : '');
  warn('stuck', isStuck ? t('stuck', { n: stuck.records, photos: stuck.photos }) : '', h('button', { onclick: () => void partWith() }, t('give_up')));
  warn('outdated', row?.outdated ? t('outdated') : '');
  const last = (await setting('erased', [])).at(-1);
  const lost = last?.lost ? ` ${t('lost', { n: last.lost.records, photos: last.lost.photos })}` : '';
  const cause = last?.why ? ` ${t('leaving_why', { why: last.why })}` : '';
  warn('erased', !app.session && last ? t(last.handed_over ? 'handed_over' : 'erased', { kader: last.kader, at: when(last.at) }) + lost + cause : '');
}

/** What is damaged holds up a tablet that has to go, until its kader says that it may be lost. */
async function partWith() {
  const { session } = app;
  const stuck = session && (await account(session.account))?.stuck;
  if (!stuck || !confirm(t('give_up_sure', { n: stuck.records, photos: stuck.photos }))) return;
  await giveUp(session);
  app.courier?.soon(0);
  await notices();
}

/** @param {string} id @param {string} text @param {Node} [act] */
export function warn(id, text, act) {
  const there = document.getElementById(`notice-${id}`);
  if (!text) there?.remove();
  else if (there) there.firstChild?.replaceWith(text);
  else document.getElementById('notices')?.append(h(`p.notice#notice-${id}`, null, text, act));
}

/** @param {unknown} error */
function failed(error) {
  console.error(error);
  if (isFull(error)) app.storageFull();
  else warn('failed', t('something_failed', { what: error instanceof Error ? error.message : String(error) }));
}

async function start() {
  try {
    await loadLanguage();
    await setClock();
  } catch (error) {
    // An upgrade of the database that found no room leaves it as it was.
    const hasNoRoom = isFull(error) || (error instanceof DOMException && error.name === 'AbortError');
    document.getElementById('page')?.replaceChildren(h('h1', null, t('app')), h('p', null, t(hasNoRoom ? 'no_room' : 'no_storage')));
    return;
  }
  takeCode();
  app.code ||= await codeUnderWay();
  for (const kind of ['pointerdown', 'keydown']) addEventListener(kind, idle, { passive: true });
  addEventListener('hashchange', () => { takeCode(); void app.draw(); });
  addEventListener('beforeinstallprompt', (event) => { event.preventDefault(); app.install = event; });
  addEventListener('reserveused', () => warn('storage', t('storage_reserve')));
  addEventListener('unhandledrejection', (event) => failed(event.reason));
  addEventListener('visibilitychange', () => { if (document.hidden) void app.save?.(); else void notices(); });
  document.documentElement.lang = chosen();
  void navigator.storage?.persist?.();
  keepUpToDate((use) => warn('version', `${t('new_version')} `, h('button', { onclick: use }, t('use_new'))), async () => app.save?.());
  await app.draw();
}

/** A QR's address carries its code behind the #. */
function takeCode() {
  if (!CODE.test(location.hash)) return;
  app.code = location.hash.slice(1);
  history.replaceState(null, '', '#/enrol');
}

void start();
