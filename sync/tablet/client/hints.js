// Hints that somebody is probably registered already: a keyed hash of NIK and name, cut short, in a
// filter of Rice codes. The recipe is the server's "nik-name-1"; another recipe gives no hints.

import { bytes } from './vault.js';

const RECIPE = 'nik-name-1';
const LEFT_OUT = new Set(`h hj haji hajah hajjah ir drs dra dr prof bapak bpk ibu bin binti sh se spd
  sag siti st m md mhd moh mohd muh muhamad muhammad mohamad mohammad`.split(/\s+/));
const SOUNDS = [['oe', 'u'], ['dj', 'j'], ['tj', 'c'], ['sj', 's'], ['sy', 's'], ['kh', 'h'], ['ch', 'c'],
  ['ph', 'p'], ['f', 'p'], ['v', 'p'], ['z', 'j'], ['q', 'k'], ['x', 'ks']];

/** The sounds of a name's words, in alphabetical order. @param {string} fullName */
export function hintName(fullName) {
  const name = fullName.split(',', 1)[0] || fullName;
  const plain = name.normalize('NFKD').toLowerCase().replace(/[\t-\r .,/-]+/g, ' ').replace(/[^a-z ]/g, '');
  const words = plain.split(' ').filter(Boolean);
  const told = words.filter((word) => word.length > 1 && !LEFT_OUT.has(word));
  let kept = told.length ? told : words;
  for (const [old, sound] of SOUNDS) kept = kept.map((word) => word.replaceAll(old, sound));
  if (kept.length > 1) kept = kept.map((word) => word[0] + word.slice(1).replace(/[aeiouyhw]/g, ''));
  return kept.map((word) => word.replace(/(.)\1+/g, '$1')).sort().join(' ');
}

/** Ascending tags. @param {Uint8Array} packed @param {number} count @param {number} riceBits */
export function unpacked(packed, count, riceBits) {
  const tags = new Uint32Array(count);
  let at = 0;
  const bit = () => (packed[at >> 3] >> (7 - (at++ & 7))) & 1;
  let tag = -1;
  for (let n = 0; n < count; n += 1) {
    let gap = 0;
    while (bit()) gap += 1;
    for (let place = 0; place < riceBits; place += 1) gap = gap * 2 + bit();
    tag += gap + 1;
    tags[n] = tag;
  }
  return tags;
}

/**
 * Whether a worker is probably registered already; false where there is no filter.
 * @param {any} hints the server's answer @param {string} nik @param {string} fullName
 */
export async function isHinted(hints, nik, fullName) {
  if (!hints?.is_on || hints.recipe !== RECIPE || !fullName.trim()) return false;
  const raw = decoded(hints.key);
  const key = await crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const digest = await crypto.subtle.sign('HMAC', key, bytes(`${nik}\n${hintName(fullName)}`));
  const tag = new DataView(digest).getUint32(0) >>> (32 - hints.tag_bits);
  return contains(tagsOf(hints), tag);
}

let last = { filter: '', tags: new Uint32Array() };

/** @param {any} hints */
function tagsOf(hints) {
  if (last.filter !== hints.filter) {
    last = { filter: hints.filter, tags: unpacked(decoded(hints.filter), hints.count, hints.rice_bits) };
  }
  return last.tags;
}

/** @param {Uint32Array} tags @param {number} tag */
function contains(tags, tag) {
  let [low, high] = [0, tags.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tags[middle] < tag) low = middle + 1;
    else high = middle;
  }
  return tags[low] === tag;
}

/** @param {string} base64 */
function decoded(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
