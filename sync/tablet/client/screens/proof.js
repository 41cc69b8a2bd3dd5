// Photos, and what the worker agrees to.

import * as clock from '../clock.js';
import { h } from '../dom.js';
import { developed, dropPhoto, encoded, keepPhoto, NoPicture, picture } from '../photos.js';
import { notice } from '../reference.js';
import { chosen, either, t } from '../words.js';
import { group, note, tick } from './fields.js';

const KINDS = ['workplace', 'person', 'id_card'];

/**
 * @typedef {{session: import('../accounts.js').Session, wire: any, known: import('../reference.js').Reference,
 *   changed: () => Promise<void>}} Filling
 */

/** @param {Filling} filling */
export function photoFields(filling) {
  return KINDS.map((kind) => photoField(filling, kind));
}

/** @param {Filling} filling @param {string} kind */
function photoField({ session, wire, changed }, kind) {
  const name = `photo_${kind}`;
  const shown = h('div.shown');
  const draw = async () => {
    const declared = wire.photos.filter((/** @type {any} */ one) => one.kind === kind);
    shown.replaceChildren(...await Promise.all(declared.map(async (/** @type {any} */ one) => {
      const blob = await picture(session, wire.id, one.sha256);
      const remove = async () => {
        wire.photos = wire.photos.filter((/** @type {any} */ other) => other !== one);
        await changed();
        await dropPhoto(session, wire.id, one.sha256);
        await draw();
      };
      return h('figure', null, blob ? shownOnce(blob, t(name)) : t('state_accepted'),
        h('button', { type: 'button', onclick: remove }, t('photo_remove')));
    })));
  };
  const input = h('input.sr', {
    id: `f-${name}`, type: 'file', accept: 'image/*', capture: kind === 'person' ? 'user' : 'environment',
    onchange: async () => {
      const [file] = input.files;
      input.value = '';
      note(name, '');
      if (!file) return;
      try {
        const declared = await keepPhoto(session, wire.id, kind, await developed(file));
        wire.photos = [...wire.photos.filter((/** @type {any} */ one) => one.sha256 !== declared.sha256), declared];
        await changed();
      } catch (error) {
        if (!(error instanceof NoPicture)) throw error;
        note(name, t(`photo_${error.message}`));
      }
      await draw();
    },
  });
  void draw();
  return group(name, t(name), h('label.button', { for: `f-${name}` }, t('photo_take')), input, shown);
}

/** @param {Blob} blob @param {string} alt */
function shownOnce(blob, alt) {
  const src = URL.createObjectURL(blob);
  return h('img', { src, alt, onload: () => URL.revokeObjectURL(src) });
}

/** @param {Filling} filling */
export function consentField({ session, wire, known, changed }) {
  const current = notice(known.notices);
  const words = either(current?.text_id, current?.text_en);
  const say = 'speechSynthesis' in globalThis && h('button', { type: 'button', onclick: () => speak(words) }, t('read_aloud'));
  const agree = async (/** @type {any} */ consent) => {
    wire.consent = consent && { notice_version: current?.id ?? '', at: clock.stamp(), proof_sha256: null, ...consent };
    await changed();
  };
  const pad = signaturePad(async (image) => {
    wire.photos = wire.photos.filter((/** @type {any} */ one) => one.kind !== 'consent');
    if (!image) return agree(null);
    const declared = await keepPhoto(session, wire.id, 'consent', image);
    wire.photos = [...wire.photos, declared];
    return agree({ method: 'signed', proof_sha256: declared.sha256 });
  }, wire.consent?.method === 'signed');
  return group('consent', t('consent'), h('p.notice-text', null, words), say, pad,
    tick(wire.consent?.method === 'ticked', t('signature_alternative'), (isOn) => void agree(isOn ? { method: 'ticked' } : null), 'f-consent-ticked'));
}

/** @param {string} words */
function speak(words) {
  const said = new SpeechSynthesisUtterance(words);
  said.lang = chosen();
  speechSynthesis.cancel();
  speechSynthesis.speak(said);
}

/** A place to sign; tells the picture when the hand is lifted. @param {(image: Blob | null) => Promise<void>} signed @param {boolean} isSigned */
function signaturePad(signed, isSigned) {
  const canvas = h('canvas', { width: 600, height: 200, 'aria-label': t('signature'), role: 'img' });
  const pen = canvas.getContext('2d');
  const blank = () => { pen.fillStyle = '#fff'; pen.fillRect(0, 0, canvas.width, canvas.height); };
  blank();
  Object.assign(pen, { lineWidth: 4, lineCap: 'round', strokeStyle: '#000' });
  const at = (/** @type {PointerEvent} */ event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * canvas.width) / box.width, ((event.clientY - box.top) * canvas.height) / box.height];
  };
  let isDown = false;
  canvas.addEventListener('pointerdown', (/** @type {PointerEvent} */ event) => {
    isDown = true;
    canvas.setPointerCapture(event.pointerId);
    pen.beginPath();
    pen.moveTo(...at(event));
  });
  canvas.addEventListener('pointermove', (/** @type {PointerEvent} */ event) => {
    if (!isDown) return;
    pen.lineTo(...at(event));
    pen.stroke();
  });
  canvas.addEventListener('pointerup', async () => {
    isDown = false;
    await signed(await encoded(canvas, 'image/png'));
    status.textContent = `✓ ${t('signature')}`;
  });
  const status = h('p', { role: 'status' }, isSigned ? `✓ ${t('signature')}` : t('signature'));
  const clear = h('button', { type: 'button', onclick: async () => { blank(); status.textContent = t('signature'); await signed(null); } }, t('signature_clear'));
  return h('div.signature', null, status, canvas, clear);
}
