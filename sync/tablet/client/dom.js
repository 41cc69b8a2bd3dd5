// Elements out of plain values. Text is only ever set as text, so no name can become a script; what
// is no text is not shown.

/**
 * @param {string} tag  `button.main#save`: the element with its class and id
 * @param {Record<string, any> | null} [attributes]  `onclick` and its like are listeners
 * @param {...(Node | string | number | null | undefined | false | (Node | string | null | false)[])} children
 * @returns {any}
 */
export function h(tag, attributes, ...children) {
  const [, name, rest] = /^([a-z0-9]+)(.*)$/.exec(tag) ?? [];
  const element = document.createElement(name);
  for (const part of rest.match(/[.#][^.#]+/g) ?? []) {
    if (part[0] === '#') element.id = part.slice(1);
    else element.classList.add(part.slice(1));
  }
  for (const [key, value] of Object.entries(attributes ?? {})) put(element, key, value);
  for (const child of children.flat()) {
    if (child instanceof Node) element.append(child);
    else if (child === 0 || (child && typeof child !== 'object')) element.append(String(child));
  }
  return element;
}

/** @param {HTMLElement} element @param {string} key @param {any} value */
function put(element, key, value) {
  if (value === null || value === undefined || value === false) return;
  if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
  else if (key === 'value') /** @type {any} */ (element).value = value;
  else if (value === true) element.setAttribute(key, '');
  else element.setAttribute(key, String(value));
}
