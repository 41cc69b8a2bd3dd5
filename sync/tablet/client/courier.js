// Syncing by itself whenever there is signal: soon after something was finished, patiently after
// failures, and never twice at once.

import { account } from './accounts.js';
import { backoff, NoAnswer, Refused } from './server.js';
import { sync } from './syncing.js';
import { t } from './words.js';

const EVERY_MS = 60_000;
const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 15 * 60_000;

export class Courier {
  /**
   * @param {import('./accounts.js').Session} session
   * @param {() => void} told  when `text` is another one
   * @param {() => void} ended  when the account is gone from the tablet
   * @param {() => void} changed  after a sync, also one of another window
   */
  constructor(session, told, ended, changed) {
    this.session = session;
    this.told = told;
    this.ended = ended;
    this.changed = changed;
    this.text = '';
    this.isBusy = false;
    this.isWanted = false;
    this.failures = 0;
    this.timer = 0;
    this.isStopped = false;
    /** @type {BroadcastChannel | null} */
    this.windows = null;
    this.online = () => this.soon(0);
  }

  start() {
    addEventListener('online', this.online);
    this.windows = new BroadcastChannel('synced');
    this.windows.onmessage = ({ data }) => { if (data === this.session.account) this.changed(); };
    this.soon(0);
  }

  stop() {
    this.isStopped = true;
    removeEventListener('online', this.online);
    clearTimeout(this.timer);
    this.windows?.close();
  }

  /** @param {number} waitMs */
  soon(waitMs) {
    clearTimeout(this.timer);
    if (!this.isStopped) this.timer = window.setTimeout(() => void this.run(), waitMs);
  }

  async run() {
    // What was finished meanwhile is for another round.
    this.isWanted = this.isBusy;
    if (this.isBusy || this.isStopped) return;
    this.isBusy = true;
    this.say(t('syncing'));
    let wait = EVERY_MS;
    try {
      await sync(this.session, (what, done, of) => this.say(t(`sync_${what}`, { done, of })));
      this.failures = 0;
      this.say('');
    } catch (error) {
      wait = await this.failed(error);
    } finally {
      this.isBusy = false;
    }
    if (this.isStopped) return;
    this.changed();
    this.windows?.postMessage(this.session.account);
    this.soon(Math.max(this.isWanted ? 0 : wait * (0.75 + Math.random() / 2), backoff()));
  }

  /** What went wrong, in words; gives how long to wait, in ms. @param {unknown} error */
  async failed(error) {
    this.failures += 1;
    const patient = Math.min(FIRST_WAIT_MS * 2 ** Math.min(this.failures, 12), LONGEST_WAIT_MS);
    const row = await account(this.session.account);
    if (!row) this.ended();
    else if (error instanceof NoAnswer) this.say(t(error.why));
    else if (error instanceof Refused) this.say(error.status === 401 ? (row.signed_out ? '' : t('signed_out')) : t('refused', { detail: error.problem.detail ?? error.code }));
    else this.say(t('something_failed', { what: error instanceof Error ? error.message : String(error) }));
    return patient;
  }

  /** @param {string} text */
  say(text) {
    this.text = text;
    const line = document.getElementById('sync-text');
    if (line) line.textContent = text;
    this.told();
  }
}
