// What the worker agrees to, and the proof of it: a signature, a recorded voice, or a word.

import * as clock from '../clock.js';
import { h } from '../dom.js';
import { encoded, keepPhoto, picture } from '../photos.js';
import { notice } from '../reference.js';
import { NoVoice, record } from '../voice.js';
import { chosen, either, t } from '../words.js';
import { group, tick } from './fields.js';
import { letGo, withRoom } from './proof.js';

/** @param {import('./proof.js').Filling} filling */
export function consentField(filling) {
  const { session, wire, known, changed } = filling;
  const current = notice(known.notices);
  const words = either(current?.text_id, current?.text_en);
  const say = words && 'speechSynthesis' in globalThis && h('button', { type: 'button', onclick: () => speak(words) }, t('read_aloud'));
  const method = () => wire.consent?.method;
  const agree = (/** @type {'signed' | 'recorded' | 'ticked'} */ by, /** @type {Promise<Blob> | Blob | boolean | null} */ given) => withRoom(filling, 'consent', async () => {
    const proof = await given;
    const former = wire.photos.filter(isProof);
    const declared = proof instanceof Blob ? await keepPhoto(session, wire.id, 'consent', proof) : null;
    wire.photos = [...wire.photos.filter((/** @type {any} */ one) => !isProof(one)), ...(declared ? [declared] : [])];
    wire.consent = proof ? { notice_version: current?.id ?? '', at: clock.stamp(), method: by, proof_sha256: declared?.sha256 ?? null } : null;
    await changed();
    for (const one of former) if (one.sha256 !== declared?.sha256) await letGo(filling, one.sha256);
    // One way to agree: the others are blank again.
    for (const other of ways) if (other.by !== by) other.place.replaceChildren(other.make());
  });
  const ways = [
    { by: 'signed', place: h('div'), make: () => signaturePad((image) => agree('signed', image), () => method() === 'signed') },
    { by: 'recorded', place: h('div'), make: () => voice((sound) => agree('recorded', sound), () => method() === 'recorded', () => recorded(filling)) },
    { by: 'ticked', place: h('div'), make: () => tick(method() === 'ticked', t('signature_alternative'), (isOn) => void agree('ticked', isOn), 'f-consent-ticked') },
  ];
  for (const way of ways) way.place.append(way.make());
  return group('consent', t('consent'), h('p.notice-text', null, words || t('notice_missing')), say, ...ways.map((way) => way.place));
}

/** Before the form is left: a recorded voice stays in no memory. */
export function forgetSounds() {
  for (const player of document.querySelectorAll('audio')) URL.revokeObjectURL(player.src);
}

/** @param {any} photo  as declared */
function isProof(photo) {
  return photo.kind === 'consent';
}

/** What was recorded, as long as it is here. @param {import('./proof.js').Filling} filling */
async function recorded({ session, wire }) {
  const declared = wire.photos.find(isProof);
  const blob = declared && await picture(session, wire.id, declared.sha256);
  return blob && blob.slice(0, blob.size, declared.media_type);
}

/** @param {string} words */
function speak(words) {
  const said = new SpeechSynthesisUtterance(words);
  said.lang = chosen();
  speechSynthesis.cancel();
  speechSynthesis.speak(said);
}

/**
 * The worker's voice; tells what was recorded, or null once that is to go.
 * @param {(sound: Blob | null) => Promise<void>} spoke @param {() => boolean} isSpoken @param {() => Promise<Blob | null>} kept
 */
function voice(spoke, isSpoken, kept) {
  const status = h('p', { role: 'status' });
  const button = h('button', { type: 'button' });
  const shown = h('div.row');
  const box = h('div.voice', null, h('p.quiet', null, t('voice_say')), status, shown, button);
  /** @type {{stop: () => void, ended: Promise<Blob>} | null} */
  let running = null;
  const draw = async () => {
    const has = isSpoken();
    button.textContent = t(has ? 'signature_clear' : 'voice_record');
    status.textContent = has ? t('voice_have') : '';
    const sound = has && await kept();
    shown.replaceChildren(...(sound ? [h('audio', { controls: true, src: URL.createObjectURL(sound), 'aria-label': t('voice_have') })] : []));
    button.onclick = has ? async () => { await spoke(null); await draw(); } : begin;
  };
  const begin = async () => {
    Object.assign(button, { disabled: true, onclick: () => running?.stop() });
    try {
      running = await record((left) => {
        Object.assign(button, { disabled: false, textContent: t('voice_stop', { left }) });
        // Whoever went to another page records nothing any more.
        if (!box.isConnected) running?.stop();
      });
      status.textContent = t('voice_runs');
      const sound = await running.ended;
      if (!box.isConnected) return;
      await spoke(sound);
      await draw();
    } catch (error) {
      if (!(error instanceof NoVoice)) throw error;
      await draw();
      status.textContent = t(error.message);
    } finally {
      button.disabled = false;
    }
  };
  void draw();
  return box;
}

/** A place to sign; tells the picture when the hand is lifted. @param {(image: Promise<Blob> | null) => Promise<void>} signed @param {() => boolean} isSigned */
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
    await signed(encoded(canvas, 'image/png'));
    tell();
  });
  const status = h('p', { role: 'status' });
  const tell = () => { status.textContent = isSigned() ? `✓ ${t('signature')}` : t('signature'); };
  tell();
  const clear = h('button', { type: 'button', onclick: async () => { blank(); await signed(null); tell(); } }, t('signature_clear'));
  return h('div.signature', null, status, canvas, clear);
}
