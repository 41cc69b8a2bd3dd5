/* What keeps people from using a page, found in the page as it stands (WCAG 2.2 AA). */
() => {
  const found = [];
  const all = (css, within = document) => [...within.querySelectorAll(css)];
  const tell = element => {
    const id = element.id ? `#${element.id}` : '';
    const text = element.textContent.trim().replace(/\s+/g, ' ').slice(0, 40);
    return `<${element.localName}${id} ${element.getAttribute('class') || ''}> ${text}`;
  };
  const fault = (rule, element, more = '') => found.push(`${rule}: ${tell(element)} ${more}`.trim());
  const seen = element => element.checkVisibility({visibilityProperty: true});
  const byId = ids => ids.split(/\s+/).map(id => document.getElementById(id)).filter(Boolean);

  // Names

  const textOf = node => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (node.nodeType !== Node.ELEMENT_NODE || node.getAttribute('aria-hidden') === 'true') return '';
    if (!/^(option|title)$/.test(node.localName) && !node.checkVisibility()) return '';
    const own = node.getAttribute('aria-label') || node.getAttribute('alt');
    return own || [...node.childNodes].map(textOf).join('');
  };
  const nameOf = element => {
    const labelled = element.getAttribute('aria-labelledby');
    if (labelled) return byId(labelled).map(part => part.textContent).join(' ').trim();
    const given = element.getAttribute('aria-label') || [...(element.labels || [])].map(textOf).join(' ');
    if (given.trim()) return given.trim();
    if (/^(submit|button|reset)$/.test(element.type) && element.localName === 'input') return element.value;
    if (element.localName === 'svg') return element.querySelector(':scope > title')?.textContent.trim() || '';
    const isFilled = /^(input|select|textarea|meter|progress|table|nav)$/.test(element.localName);
    return (isFilled ? '' : textOf(element).trim()) || element.title;
  };
  const CONTROLS = 'input:not([type=hidden]), select, textarea, button, summary, a[href], area[href], ' +
    '[role=button], [role=link], [role=checkbox], [role=tab], [role=dialog], dialog, meter, progress, ' +
    'iframe, svg[role=img], [role=img]:not(img)';
  for (const element of all(CONTROLS)) {
    if (seen(element) && !nameOf(element)) fault('no name', element);
  }
  for (const image of all('img:not([alt]), input[type=image]:not([alt])')) fault('no alt', image);

  // Structure

  const ids = new Map();
  for (const {id} of all('[id]')) ids.set(id, (ids.get(id) || 0) + 1);
  for (const [id, times] of ids) if (times > 1) found.push(`id used ${times} times: ${id}`);
  const REFERENCES = ['aria-labelledby', 'aria-describedby', 'aria-controls', 'aria-owns', 'aria-details',
    'aria-errormessage', 'aria-activedescendant', 'aria-flowto', 'for', 'headers', 'list', 'form'];
  for (const name of REFERENCES) {
    for (const element of all(`[${name}]`)) {
      for (const id of element.getAttribute(name).split(/\s+/)) {
        if (!ids.has(id)) fault(`${name} refers to nothing`, element, id);
      }
    }
  }
  for (const link of all('a[href^="#"]:not([href="#"])')) {
    if (!ids.has(decodeURIComponent(link.hash.slice(1)))) fault('leads nowhere', link, link.hash);
  }

  const headings = all('h1, h2, h3, h4, h5, h6').filter(seen);
  const levels = headings.map(heading => Number(heading.localName[1]));
  if (levels.filter(level => level === 1).length !== 1) found.push(`h1: ${levels.filter(l => l === 1).length}`);
  headings.forEach((heading, at) => {
    if (!textOf(heading).trim()) fault('empty heading', heading);
    if (levels[at] > (at ? levels[at - 1] : 0) + 1) fault('heading skips a level', heading);
  });

  for (const element of [document.documentElement, ...all('[lang]')]) {
    if (!/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(element.lang)) fault('no language', element);
  }
  if (!document.title.trim()) found.push('no title');
  for (const meta of all('meta[name=viewport]')) {
    if (/user-scalable\s*=\s*no|maximum-scale\s*=\s*[01]\b/.test(meta.content)) found.push('no zoom');
  }
  for (const meta of all('meta[http-equiv=refresh]')) fault('reloads by itself', meta);

  const LANDMARKS = 'main, body > header, body > footer, nav, aside, [role=main], [role=region], [role=search], dialog';
  const mains = all('main, [role=main]').filter(seen);
  if (mains.length !== 1) found.push(`main: ${mains.length}`);
  for (const css of ['body > header', 'body > footer']) if (all(css).length > 1) found.push(`${css}: several`);
  for (const css of ['nav', 'aside']) {
    const names = all(css).filter(seen).map(nameOf);
    if (names.length > 1 && (names.includes('') || new Set(names).size < names.length)) {
      found.push(`${css} not told apart: ${names}`);
    }
  }
  for (const element of document.body.children) {
    if (element.matches(LANDMARKS) || element.matches('.skip, script, template') || !seen(element)) continue;
    if (!element.querySelector(LANDMARKS) && textOf(element).trim()) fault('outside of landmarks', element);
  }

  for (const table of all('table:not([role=presentation])').filter(seen)) {
    const heads = all('th', table);
    if (!heads.length) fault('table without headers', table);
    for (const head of heads) {
      if (!/^(col|row|colgroup|rowgroup)$/.test(head.getAttribute('scope'))) fault('header without scope', head);
      if (seen(head) && !textOf(head).trim()) fault('empty header', head, tell(table));
    }
  }
  for (const list of all('ul, ol')) {
    for (const item of list.children) if (!item.matches('li, script, template')) fault('not a list item', item);
  }
  for (const list of all('dl')) {
    for (const item of list.children) if (!item.matches('dt, dd, div, script, template')) fault('not in dl', item);
  }
  for (const item of all('li')) if (!item.closest('ul, ol, menu')) fault('item of no list', item);
  for (const group of all('fieldset')) if (!group.querySelector(':scope > legend')) fault('no legend', group);

  // Roles and states

  const STATES = new Set(('activedescendant atomic autocomplete braillelabel brailleroledescription busy ' +
    'checked colcount colindex colindextext colspan controls current describedby description details ' +
    'disabled dropeffect errormessage expanded flowto grabbed haspopup hidden invalid keyshortcuts label ' +
    'labelledby level live modal multiline multiselectable orientation owns placeholder posinset pressed ' +
    'readonly relevant required roledescription rowcount rowindex rowindextext rowspan selected setsize ' +
    'sort valuemax valuemin valuenow valuetext').split(' '));
  for (const element of all('*')) {
    for (const {name} of element.attributes) {
      if (name.startsWith('aria-') && !STATES.has(name.slice(5))) fault(`no such state as ${name}`, element);
    }
    if (element.tabIndex > 0) fault('tabindex above 0', element);
  }
  const FOCUSABLE = 'a[href], area[href], button, input:not([type=hidden]), select, textarea, summary, ' +
    '[tabindex]:not([tabindex="-1"]), [contenteditable=true]';
  const controls = all(FOCUSABLE).filter(element => seen(element) && !element.disabled);
  for (const element of controls) {
    if (element.closest('[aria-hidden=true], [inert]')) fault('hidden, yet focusable', element);
    const around = element.parentElement.closest('a[href], button');
    if (around) fault('control in a control', element);
  }

  // Sizes (2.5.8): 24 pixels, or as much room; links in sentences excepted

  const LEAST = 24;
  const targets = controls.filter(element => !element.closest('.skip')).map(element => {
    const label = /^(checkbox|radio)$/.test(element.type) ? element.closest('label') : null;
    const {x, y, width, height} = (label || element).getBoundingClientRect();
    return {element, x, y, width, height, isSmall: width < LEAST - 0.5 || height < LEAST - 0.5};
  }).filter(target => target.width > 1 && target.height > 1);
  const inSentence = ({element}) => getComputedStyle(element).display === 'inline' &&
    [...(element.parentElement.closest('p, li, td, th, dd, div') || element.parentElement).childNodes].some(
      node => node !== element && !node.contains?.(element) && /[\p{L}\d]/u.test(node.textContent));
  const apart = (one, other) => {
    const [cx, cy] = [one.x + one.width / 2, one.y + one.height / 2];
    if (other.isSmall) {
      return Math.hypot(cx - other.x - other.width / 2, cy - other.y - other.height / 2) >= LEAST - 0.5;
    }
    const dx = Math.max(other.x - cx, 0, cx - other.x - other.width);
    const dy = Math.max(other.y - cy, 0, cy - other.y - other.height);
    return Math.hypot(dx, dy) >= LEAST / 2 - 0.5;
  };
  for (const small of targets.filter(target => target.isSmall)) {
    if (inSentence(small)) continue;
    if (!targets.every(other => other === small || apart(small, other))) {
      fault('too small to touch', small.element, `${Math.round(small.width)}×${Math.round(small.height)}`);
    }
  }

  // Colours (1.4.3), and the focus, which has to be seen (2.4.7, 1.4.11)

  const pixel = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
  const colours = new Map();
  const channels = colour => {
    if (!colours.has(colour)) {
      pixel.clearRect(0, 0, 1, 1);
      pixel.fillStyle = colour;
      pixel.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = pixel.getImageData(0, 0, 1, 1).data;
      colours.set(colour, [r, g, b, a / 255]);
    }
    return colours.get(colour);
  };
  const over = ([r, g, b, a], below) => [r, g, b].map((v, i) => v * a + below[i] * (1 - a));
  const behind = element => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      layers.push(channels(getComputedStyle(at).backgroundColor));
      if (layers.at(-1)[3] === 1) break;
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const opacity = element => {
    let share = 1;
    for (let at = element; at; at = at.parentElement) share *= Number(getComputedStyle(at).opacity);
    return share;
  };
  const luminance = colour => colour
    .map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const faint = (element, text, colour, paper) => {
    const [r, g, b, a] = channels(colour);
    const ratio = contrast(over([r, g, b, a * opacity(element)], paper), paper);
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    if (ratio < (isLarge ? 3 : 4.5)) fault('faint', element, `${text.slice(0, 40)} ${ratio.toFixed(2)}`);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.data.trim();
    const element = walker.currentNode.parentElement;
    if (!text || !seen(element) || element.closest('.sr, .skip, option, :disabled')) continue;
    const style = getComputedStyle(element);
    if (!element.closest('svg')) faint(element, text, style.color, behind(element));
    // What lies behind a word in a picture is not known, but for its own halo.
    else if (style.stroke !== 'none') faint(element, text, style.fill, over(channels(style.stroke), [255, 255, 255]));
  }
  for (const field of all('input, textarea, select')) {
    if (!seen(field) || field.disabled || /^(hidden|checkbox|radio|range|color|file)$/.test(field.type)) continue;
    const pseudo = field.value ? null : '::placeholder';
    const text = field.value || field.placeholder;
    if (text) faint(field, text, getComputedStyle(field, pseudo).color, behind(field));
  }

  const before = document.activeElement;
  const shown = element => {
    const style = getComputedStyle(element);
    return ['outline', 'boxShadow', 'border', 'backgroundColor', 'textDecoration'].map(name => style[name]);
  };
  const at = [scrollX, scrollY];
  for (const element of controls) {
    if (element.tabIndex < 0) continue;
    before?.blur();
    const resting = shown(element);
    element.focus({preventScroll: true});
    if (document.activeElement !== element) continue;
    const focused = shown(element);
    const changes = focused.filter((value, place) => value !== resting[place]);
    if (!changes.length) fault('focus not seen', element);
    const {outlineStyle, outlineColor, outlineOffset} = getComputedStyle(element);
    if (changes.length === 1 && focused[0] !== resting[0] && outlineStyle !== 'auto') {
      const paper = behind(parseFloat(outlineOffset) < 0 ? element : element.parentElement);
      if (contrast(over(channels(outlineColor), paper), paper) < 3) fault('focus faint', element);
    }
    element.blur();
  }
  before?.focus({preventScroll: true});
  scrollTo(...at);
  return found;
}
