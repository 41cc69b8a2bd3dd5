// Choosing a village: by its name, or among the nearest.

import { h } from '../dom.js';
import { found, nearest } from '../reference.js';
import { t } from '../words.js';
import { field } from './fields.js';

const MOST = 8;

/**
 * @param {any} wire @param {any[]} villages @param {(code: string | null) => void} changed
 * @param {(() => {lat: number, lon: number} | null) | null} position @param {string} [name]
 */
export function villageField(wire, villages, changed, position, name = 'domicile_village') {
  const list = h('ul.options', { 'aria-label': t(name) });
  const chosen = villages.find((one) => one.id === wire[name]);
  const input = h('input', {
    value: chosen ? full(chosen) : wire[name] ?? '', autocomplete: 'off', placeholder: t('village_search'),
    oninput: () => { changed(null); show(found(villages, input.value, MOST), input.value); },
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key === 'Enter') { event.preventDefault(); list.querySelector('button')?.click(); }
    },
  });
  const take = (/** @type {any} */ village) => {
    input.value = full(village);
    list.replaceChildren();
    changed(village.id);
  };
  const show = (/** @type {any[]} */ some, typed = '') => {
    list.replaceChildren(...some.map((village) => h('li', null, h('button', { type: 'button', onclick: () => take(village) }, full(village)))));
    if (!some.length && typed.trim()) list.replaceChildren(h('li', null, t('village_none')));
  };
  const near = h('button', { type: 'button', onclick: () => { const at = position?.(); if (at) show(nearest(villages, at, MOST)); } }, t('village_near'));
  const whole = field(name, input);
  input.after(list, position && villages.some((one) => one.boundary) ? near : '');
  return whole;
}

/** @param {any} village */
export function full(village) {
  return [village.name, village.district, village.regency].filter(Boolean).join(', ');
}
