// Choosing a village: by its name, or among the nearest.

import { h } from '../dom.js';
import { found, nearest } from '../reference.js';
import { t } from '../words.js';
import { field } from './fields.js';

const MOST = 8;
const FARTHEST_KM = 50;

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
  const show = (/** @type {any[]} */ some, typed = '', /** @type {string[]} */ far = []) => {
    list.replaceChildren(...some.map((village, at) => h('li', null, h('button', { type: 'button', onclick: () => take(village) }, full(village), far[at]))));
    if (!some.length && typed.trim()) list.replaceChildren(h('li', null, t('village_none')));
  };
  const showNear = () => {
    const at = position?.();
    const all = at ? nearest(villages, at, MOST) : [];
    const near = all.filter((one) => one.km <= FARTHEST_KM);
    show(near.map((one) => one.village), '', near.map((one) => ` · ${t('km', { km: Math.max(1, Math.round(one.km)) })}`));
    if (!near.length) list.replaceChildren(h('li', null, at ? t('village_far', { km: Math.round(all[0]?.km ?? FARTHEST_KM) }) : t('village_no_position')));
  };
  const near = h('button', { type: 'button', onclick: showNear }, t('village_near'));
  const whole = field(name, input);
  input.after(list, position && villages.some((one) => one.boundary) ? near : '');
  return whole;
}

/** @param {any} village */
export function full(village) {
  return [village.name, village.district, village.regency].filter(Boolean).join(', ');
}
