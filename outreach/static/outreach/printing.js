// The button that opens the browser's own print dialogue; without scripts people use its menu.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
