// The folded part of the main menu closes by Escape, and when one goes on elsewhere.

const menu = document.querySelector("details.more");

menu?.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu.open) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

for (const kind of ["click", "focusin"]) {
  document.addEventListener(kind, (event) => {
    if (menu && !menu.contains(event.target)) menu.open = false;
  });
}
