// Photos: made small, sealed, and sent by tus 1.0 until the server says that it has them whole.

import { callAs } from './accounts.js';
import { answer, change, changeWithRoom, isFull, of, read } from './database.js';
import { Refused } from './server.js';
import { openBytes, sealBytes, sha256 } from './vault.js';
import { t } from './words.js';

const WANTED_BYTES = 200 * 1024;
const SIDES = [1600, 1200, 900];
const QUALITIES = [0.85, 0.7, 0.55];
const MOST_PIXELS = 120_000_000;
const PART_BYTES = 256 * 1024;

/** A file that is no picture this tablet can read, one that is far too large, or no room for it. */
export class NoPicture extends Error {}

/**
 * What is known of a photo; what it shows lies sealed in a store of its own, since lists and syncs
 * look at all photos, and hundreds of pictures do not fit into a tablet's memory.
 * @typedef {{account: string, record: string, sha256: string, kind: string, size: number, media_type: string,
 *   upload: string | null, state: 'here' | 'sent' | 'refused', why: string}} Photo
 * @typedef {import('./accounts.js').Session} Session
 */

/** A picture at about 200 kB, without a camera's notes. Raises NoPicture. @param {Blob} file @returns {Promise<Blob>} */
export async function developed(file) {
  let picture;
  try {
    const whole = await createImageBitmap(file);
    if (whole.width * whole.height > MOST_PIXELS) throw new NoPicture('too_large');
    picture = whole;
  } catch (error) {
    throw error instanceof NoPicture ? error : new NoPicture('unreadable');
  }
  try {
    for (const side of SIDES) {
      const canvas = drawn(picture, side);
      for (const quality of QUALITIES) {
        const made = await encoded(canvas, 'image/jpeg', quality);
        if (made.size <= WANTED_BYTES || (side === SIDES.at(-1) && quality === QUALITIES.at(-1))) return made;
      }
    }
    throw new NoPicture('unreadable');
  } finally {
    picture.close();
  }
}

/** @param {ImageBitmap} picture @param {number} longest side in pixels */
function drawn(picture, longest) {
  const scale = Math.min(1, longest / Math.max(picture.width, picture.height));
  const [width, height] = [picture.width, picture.height].map((side) => Math.max(1, Math.round(side * scale)));
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  canvas.getContext('2d')?.drawImage(picture, 0, 0, width, height);
  return canvas;
}

/** @param {HTMLCanvasElement} canvas @param {string} type @param {number} [quality] @returns {Promise<Blob>} */
export function encoded(canvas, type, quality) {
  return new Promise((resolve, reject) => {
    canvas.toBlob((made) => (made ? resolve(made) : reject(new NoPicture('unreadable'))), type, quality);
  });
}

/**
 * Keep a picture with its record, as long as that is there; gives how the record declares it. Raises NoPicture.
 * @param {Session} session @param {string} record @param {string} kind @param {Blob} picture
 */
export async function keepPhoto(session, record, kind, picture) {
  const content = await picture.arrayBuffer();
  const digest = await sha256(content);
  const sealed = await sealBytes(session.key, place(session, record, digest), content);
  const key = { account: session.account, record, sha256: digest };
  const declared = { kind, sha256: digest, size: content.byteLength, media_type: picture.type };
  /** @type {Photo} */
  const row = { ...key, ...declared, upload: null, state: 'here', why: '' };
  try {
    await changeWithRoom(['records', 'photos', 'pictures'], async ({ records, photos, pictures }) => {
      if (!(await answer(records.getKey([session.account, record])))) throw new Error(t('record_gone'));
      photos.put(row);
      pictures.put({ ...key, sealed });
    });
  } catch (error) {
    throw isFull(error) ? new NoPicture('no_room') : error;
  }
  return declared;
}

/** @param {Session} session @param {string} record @param {string} digest */
export function dropPhoto(session, record, digest) {
  return change(['photos', 'pictures'], (stores) => dropped(stores, session.account, record, digest));
}

/** @param {Record<string, IDBObjectStore>} stores @param {...string} key */
function dropped({ photos, pictures }, ...key) {
  for (const store of [photos, pictures]) store.delete(key);
}

/** @param {Session} session @param {string} record @param {string} digest @returns {Promise<Blob | null>} */
export async function picture(session, record, digest) {
  const row = await read('pictures', (store) => store.get([session.account, record, digest]));
  try {
    return row && new Blob([await openBytes(session.key, place(session, record, digest), row.sealed)]);
  } catch {
    return null;
  }
}

/** Those that are still here, of a record or of all. @param {string} account @param {...string} record @returns {Promise<Photo[]>} */
export function photosOf(account, ...record) {
  return read('photos', (store) => store.getAll(of(account, ...record)));
}

/** How many of an account's are still to be sent; those of drafts come with them. @param {string} account @param {import('./records.js').Row[]} rows */
export async function unsent(account, rows) {
  const finished = new Set(rows.filter((row) => row.state !== 'draft').map((row) => row.id));
  return (await photosOf(account)).filter((photo) => photo.state === 'here' && finished.has(photo.record)).length;
}

/**
 * Send one, from where an earlier try was cut. A refusal is kept with its reason.
 * @param {Session} session @param {Photo} photo
 */
export async function send(session, photo) {
  const content = await picture(session, photo.record, photo.sha256);
  if (!content) return mark(photo, { state: 'refused', why: t('photo_damaged') });
  try {
    await sendBytes(session, photo, new Uint8Array(await content.arrayBuffer()));
    return await mark(photo, { state: 'sent' });
  } catch (error) {
    if (!(error instanceof Refused) || ![400, 413, 422, 460].includes(error.status)) throw error;
    return mark(photo, { state: 'refused', upload: null, why: error.problem.detail ?? error.code });
  }
}

/** @param {Session} session @param {Photo} photo @param {Uint8Array<ArrayBuffer>} content */
async function sendBytes(session, photo, content) {
  let { upload, offset } = await resumed(session, photo);
  while (offset < content.length) {
    const part = content.subarray(offset, offset + PART_BYTES);
    const { headers } = await tus(session, 'PATCH', upload, { 'Upload-Offset': String(offset), 'Upload-Checksum': await checksum(part) }, part);
    const reached = Number(headers.get('Upload-Offset'));
    if (!(reached > offset)) throw new Error('The upload does not advance.');
    offset = reached;
  }
}

/** @param {Session} session @param {Photo} photo @returns {Promise<{upload: string, offset: number}>} */
async function resumed(session, photo) {
  if (photo.upload) {
    try {
      const { headers } = await tus(session, 'HEAD', photo.upload);
      return { upload: photo.upload, offset: Number(headers.get('Upload-Offset')) };
    } catch (error) {
      if (!(error instanceof Refused) || ![404, 410].includes(error.status)) throw error;
    }
  }
  const told = { sha256: photo.sha256, kind: photo.kind, registration: photo.record };
  const metadata = Object.entries(told).map(([name, value]) => `${name} ${btoa(value)}`).join(',');
  const { headers } = await tus(session, 'POST', 'sync/photos/', { 'Upload-Length': String(photo.size), 'Upload-Metadata': metadata });
  const upload = new URL(headers.get('Location') ?? '', location.href).pathname;
  await mark(photo, { upload });
  return { upload, offset: Number(headers.get('Upload-Offset') ?? 0) };
}

/** @param {Session} session @param {string} method @param {string} path @param {Record<string, string>} [headers] @param {BufferSource} [bytes] */
function tus(session, method, path, headers = {}, bytes) {
  const all = { 'Tus-Resumable': '1.0.0', ...headers };
  return callAs(session, method, path, { headers: bytes ? { ...all, 'Content-Type': 'application/offset+octet-stream' } : all, bytes });
}

/** @param {Uint8Array<ArrayBuffer>} part */
async function checksum(part) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', part));
  return `sha256 ${btoa(String.fromCharCode(...digest))}`;
}

/** @param {Photo} photo @param {Partial<Photo>} fields */
function mark(photo, fields) {
  return change(['photos'], async ({ photos }) => {
    const there = await answer(photos.get([photo.account, photo.record, photo.sha256]));
    if (there) photos.put({ ...there, ...fields });
  });
}

/** Delete those that the server has whole, by its own word. @param {string} account @param {Map<string, string[]>} missing  by record, of those it spoke of */
export function dropArrived(account, missing) {
  return change(['photos', 'pictures'], async (stores) => {
    for (const photo of await answer(stores.photos.getAll(of(account)))) {
      const left = missing.get(photo.record);
      if (!left || photo.state !== 'sent') continue;
      if (left.includes(photo.sha256)) stores.photos.put({ ...photo, state: 'here', upload: null });
      else dropped(stores, account, photo.record, photo.sha256);
    }
  });
}

/** @param {Session} session @param {string} record @param {string} digest */
function place(session, record, digest) {
  return `photo ${session.account} ${record} ${digest}`;
}
