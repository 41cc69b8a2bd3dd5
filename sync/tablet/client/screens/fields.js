// The inputs of a form: each with its label, a place for what is wrong, and one for what to know.

import { h } from '../dom.js';
import { t } from '../words.js';

/**
 * @param {string} name @param {any} input @param {{label?: string, hint?: string}} [about]
 */
export function field(name, input, about = {}) {
  input.id = `f-${name}`;
  input.setAttribute('aria-describedby', `wrong-${name} note-${name}`);
  return h(`div.field`, { 'data-field': name },
    h('label', { for: input.id }, about.label ?? t(name), about.hint ? h('small', null, ` ${about.hint}`) : null),
    input, ...lines(name));
}

/** What to know of a field, and what is wrong about it. @param {string} name */
function lines(name) {
  return [h('p.note', { id: `note-${name}` }), h('p.wrong', { id: `wrong-${name}`, role: 'alert' })];
}

/** A field of several controls. @param {string} name @param {string} label @param {...any} children */
export function group(name, label, ...children) {
  return h('fieldset.field', { 'data-field': name, 'aria-describedby': `wrong-${name} note-${name}` },
    h('legend', null, label), ...children, ...lines(name));
}

/** A field that is one tick, which says itself what it is. @param {string} name @param {Node} control */
export function single(name, control) {
  return h('div.field', { 'data-field': name }, control, ...lines(name));
}

/** @param {any} wire @param {string} name @param {(value: any) => void} changed @param {Record<string, any>} [more] */
export function text(wire, name, changed, more = {}) {
  return h('input', { value: wire[name] ?? '', autocomplete: 'off', oninput: (/** @type {any} */ event) => changed(event.target.value || null), ...more });
}

/** One of several, as large buttons. @param {any} wire @param {string} name @param {[any, string][]} choices @param {(value: any) => void} changed */
export function choice(wire, name, choices, changed) {
  return h('div.choices', null, ...choices.map(([value, label]) => h('label.choice', null,
    h('input', { type: 'radio', name: `f-${name}`, checked: wire[name] === value, onchange: () => changed(value) }), h('span', null, label))));
}

/** @param {any} wire @param {string} name @param {[any, string][]} options @param {(value: any) => void} changed */
export function select(wire, name, options, changed) {
  const input = h('select', { onchange: () => changed(options[input.selectedIndex - 1]?.[0] ?? null) },
    h('option', { value: '' }, t('choose')),
    ...options.map(([value, label], at) => h('option', { value: String(at), selected: wire[name] === value }, label)));
  return input;
}

/** @param {boolean} isOn @param {string} label @param {(isOn: boolean) => void} changed @param {string} [id] */
export function tick(isOn, label, changed, id) {
  return h('label.choice', null, h('input', { type: 'checkbox', id, checked: isOn, onchange: (/** @type {any} */ event) => changed(event.target.checked) }), h('span', null, label));
}

/** @param {string} name @param {string} text */
export function note(name, text) {
  const line = document.getElementById(`note-${name}`);
  if (line && line.textContent !== text) line.textContent = text;
}

/** What was wrong about a field is not said of what is typed now. @param {Event} event */
function heard(event) {
  const line = /** @type {Element} */ (event.target).closest('[data-field]')?.querySelector('.wrong[id^=wrong-]');
  if (line) line.textContent = '';
}

/** Say what is wrong at the fields, and go to the first. @param {Map<string, string>} wrong */
export function point(wrong) {
  for (const line of document.querySelectorAll('form .wrong[id^=wrong-]')) {
    const name = line.id.slice('wrong-'.length);
    line.textContent = wrong.get(name) ?? '';
    const input = document.getElementById(`f-${name}`);
    if (input) input.setAttribute('aria-invalid', String(wrong.has(name)));
  }
  document.querySelector('form')?.addEventListener('input', heard);
  const first = [...document.querySelectorAll('form [data-field]')].find((one) => wrong.has(one.getAttribute('data-field') ?? ''));
  first?.scrollIntoView({ block: 'center' });
  /** @type {HTMLElement | null | undefined} */ (first?.querySelector('input, select, textarea, button'))?.focus({ preventScroll: true });
}
