// Keys for whoever wants them, and photos in large: every page works without.

const help = () => document.querySelector("dialog.keys");
// Whoever speaks to the computer, or leans on the keyboard, switches single keys off in this browser.
const OFF = "single_keys=off";
const areOn = () => !document.cookie.split("; ").includes(OFF);
const writes = (target) => target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
const cases = () => [...document.querySelectorAll("[data-case] a.case")];

const step = (by) => {
  const beside = document.querySelector(by > 0 ? "a[rel=next]" : "a[rel=prev]");
  const links = cases();
  if (!links.length) {
    beside?.click();
    return;
  }
  const at = links.indexOf(document.activeElement);
  if (by > 0 && at === links.length - 1 && beside) beside.click();
  else links[Math.max(0, Math.min(links.length - 1, at < 0 && by < 0 ? 0 : at + by))].focus();
};

const press = (key) => document.querySelector(`[data-key="${key}"]`)?.click();
const reach = (key) => {
  const field = document.querySelector(`[data-focus="${key}"]`);
  field?.focus();
  field?.form?.scrollIntoView({ block: "nearest" });
};
const unfold = (key) => {
  const folded = document.querySelector(`[data-open="${key}"]`);
  if (!folded) return;
  folded.open = true;
  folded.querySelector("input:not([type=hidden])").focus();
};
const doing = {
  j: () => step(1),
  k: () => step(-1),
  o: () => (cases().includes(document.activeElement) ? document.activeElement : cases()[0])?.click(),
  a: () => press("a"),
  d: () => press("d"),
  u: () => press("u"),
  s: () => reach("s"),
  c: () => reach("c"),
  r: () => reach("r"),
  f: () => unfold("f"),
  "?": () => help()?.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
  if (writes(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (document.querySelector("dialog[open]") || !doing[event.key]) return;
  if (event.key !== "?" && !areOn()) return;
  event.preventDefault();
  doing[event.key]();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-help]")) help()?.showModal();
  const link = event.target.closest("[data-zoom]");
  const zoom = document.querySelector("dialog.zoom");
  if (!link || !zoom || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const image = zoom.querySelector("img");
  image.src = link.href;
  image.alt = link.querySelector("img").alt;
  zoom.showModal();
});

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-single-keys]")) return;
  const lasts = event.target.checked ? 0 : 365 * 24 * 3600;
  document.cookie = `${OFF}; path=/; max-age=${lasts}; samesite=lax`;
  show();
});

const show = () => {
  document.documentElement.classList.toggle("keyed", areOn());
  document.querySelectorAll("[data-single-keys]").forEach((box) => { box.checked = areOn(); });
  document.querySelectorAll("[data-help]").forEach((button) => { button.hidden = false; });
};
show();
document.addEventListener("htmx:afterSettle", show);
