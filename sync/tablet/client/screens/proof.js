// Photos of a registration.

import { h } from '../dom.js';
import { isFull } from '../database.js';
import { take } from '../records.js';
import { developed, dropPhoto, keepPhoto, NoPicture, picture } from '../photos.js';
import { t } from '../words.js';
import { group, note } from './fields.js';

const KINDS = ['workplace', 'person', 'id_card'];

/**
 * @typedef {{session: import('../accounts.js').Session, wire: any, known: import('../reference.js').Reference,
 *   before: any, isHeld: boolean, taking: string | null, adding: Promise<unknown>, changed: () => Promise<unknown>}} Filling
 * `before`: what the record was before it was opened again, if it was sent. `isHeld`: the server
 * holds it, and has none of its photos. `taking`: the kind of photo
 * that is being taken, or was when the tablet ended. `adding`: ends once no photo is on its way into the record
 */

/** @param {Filling} filling */
export function photoFields(filling) {
  return KINDS.map((kind) => photoField(filling, kind));
}

/** @param {Filling} filling @param {string} kind */
function photoField(filling, kind) {
  const { session, wire, changed, isHeld } = filling;
  const name = `photo_${kind}`;
  const shown = h('div.shown');
  const draw = async () => {
    const declared = wire.photos.filter((/** @type {any} */ one) => one.kind === kind);
    shown.replaceChildren(...await Promise.all(declared.map(async (/** @type {any} */ one) => {
      const blob = await picture(session, wire.id, one.sha256);
      const remove = async () => {
        wire.photos = wire.photos.filter((/** @type {any} */ other) => other !== one);
        await changed();
        await letGo(filling, one.sha256);
        await draw();
      };
      return h('figure', null, blob ? shownOnce(blob, t(name)) : t(isHeld ? 'photo_elsewhere' : 'state_accepted'),
        h('button', { type: 'button', onclick: remove }, t('photo_remove')));
    })));
  };
  const input = h('input.sr', {
    id: `f-${name}`, type: 'file', accept: 'image/*', capture: kind === 'person' ? 'user' : 'environment',
    // Cameras take a tablet's memory, and what was behind them is ended: then it is told.
    onclick: () => taking(filling, kind),
    oncancel: () => taking(filling, null),
    onchange: async () => {
      const [file] = input.files;
      input.value = '';
      note(name, '');
      if (!file) return;
      await withRoom(filling, name, async () => {
        const declared = await keepPhoto(session, wire.id, kind, await developed(file));
        wire.photos = [...wire.photos.filter((/** @type {any} */ one) => one.sha256 !== declared.sha256), declared];
        await changed();
      });
      await taking(filling, null);
      await draw();
    },
  });
  void draw();
  if (filling.taking === kind) setTimeout(() => note(name, t('photo_lost')));
  return group(name, t(name), h('label.button', { for: `f-${name}` }, t('photo_take')), input, shown);
}

/** Keep which photo is being taken, if any. @param {Filling} filling @param {string | null} kind */
export async function taking(filling, kind) {
  if (filling.taking === kind) return;
  filling.taking = kind;
  try {
    await take(filling.session, filling.wire.id, kind);
  } catch (error) {
    if (!isFull(error)) throw error;
  }
}

/** @param {Blob} blob @param {string} alt */
function shownOnce(blob, alt) {
  const src = URL.createObjectURL(blob);
  return h('img', { src, alt, onload: () => URL.revokeObjectURL(src) });
}

/** Do what may find no picture, or no room for it; says so at the field. @param {Filling} filling @param {string} name @param {() => Promise<void>} act */
export async function withRoom(filling, name, act) {
  const acting = act();
  filling.adding = Promise.allSettled([filling.adding, acting]);
  try {
    await acting;
  } catch (error) {
    if (!(error instanceof NoPicture)) throw error;
    note(name, t(`photo_${error.message}`));
  }
}

/** What is not wanted any more; what was sent before stays, as an edit can be cancelled. @param {Filling} filling @param {string} digest */
export async function letGo({ session, wire, before }, digest) {
  const isOfBefore = before?.photos?.some((/** @type {any} */ one) => one.sha256 === digest);
  if (!isOfBefore) await dropPhoto(session, wire.id, digest);
}
