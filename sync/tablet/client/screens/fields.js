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
  if (line instanceof HTMLElement) tell(line, '');
}

/** @param {HTMLElement} line @param {string} text  what is wrong, or '' */
function tell(line, text) {
  line.textContent = text;
  const input = document.getElementById(`f-${line.id.slice('wrong-'.length)}`);
  if (input) input.setAttribute('aria-invalid', String(!!text));
}

/** @returns {HTMLElement[]} */
function wrongLines() {
  return [...document.querySelectorAll('form .wrong[id^=wrong-]')].map((line) => /** @type {HTMLElement} */ (line));
}

/** @param {HTMLElement} line @param {any} wire */
function valueAt(line, wire) {
  return JSON.stringify(wire[line.id.slice('wrong-'.length)] ?? null);
}

/** What is right by now is not said to be wrong: what the form found, once it finds it no more; what the server found, once it is another. @param {Set<string>} wrong @param {any} wire */
export function settle(wrong, wire) {
  for (const line of wrongLines()) {
    const { was } = line.dataset;
    const isWrong = was === undefined ? wrong.has(line.id.slice('wrong-'.length)) : was === valueAt(line, wire);
    if (line.textContent && !isWrong) tell(line, '');
  }
}

/** Say what is wrong at the fields, and go to the first. @param {Map<string, string>} wrong @param {any} [sent]  what the server found it in */
export function point(wrong, sent) {
  for (const line of wrongLines()) {
    tell(line, wrong.get(line.id.slice('wrong-'.length)) ?? '');
    if (sent) line.dataset.was = valueAt(line, sent);
    else delete line.dataset.was;
  }
  document.querySelector('form')?.addEventListener('input', heard);
  const first = [...document.querySelectorAll('form [data-field]')].find((one) => wrong.has(one.getAttribute('data-field') ?? ''));
  first?.scrollIntoView({ block: 'center' });
  /** @type {HTMLElement | null | undefined} */ (first?.querySelector('input, select, textarea, button'))?.focus({ preventScroll: true });
}
