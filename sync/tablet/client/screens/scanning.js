// Reading a QR with the camera, where the browser can.

import { h } from '../dom.js';
import { t } from '../words.js';

const LOOK_EVERY_MS = 250;

/** The text of a QR, or null where none was read. @param {HTMLElement} status */
export async function scanned(status) {
  const Detector = /** @type {any} */ (globalThis).BarcodeDetector;
  if (!Detector) {
    status.textContent = t('no_scanner');
    return null;
  }
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
  } catch {
    // Also where the page came by a way that gives no camera at all.
    status.textContent = t('no_camera');
    return null;
  }
  const video = h('video', { autoplay: true, muted: true, playsinline: true });
  video.srcObject = stream;
  const dialog = h('dialog', null, video, h('form', { method: 'dialog' }, h('button', null, t('back'))));
  document.body.append(dialog);
  dialog.showModal();
  try {
    return await looking(new Detector({ formats: ['qr_code'] }), video, dialog);
  } finally {
    for (const track of stream.getTracks()) track.stop();
    dialog.remove();
  }
}

/** @param {any} detector @param {HTMLVideoElement} video @param {HTMLDialogElement} dialog @returns {Promise<string | null>} */
async function looking(detector, video, dialog) {
  while (dialog.open) {
    const [found] = await detector.detect(video).catch(() => []);
    if (found) return found.rawValue;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return null;
}
