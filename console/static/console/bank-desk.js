"use strict";
// The desk by keyboard, and found names put into the first empty piece. Without it everything works by links and forms.
(() => {
  for (const hint of document.querySelectorAll(".workbench [data-needs-script]")) hint.hidden = false;
  const lines = [...document.querySelectorAll("[data-desk] [data-line]")];
  let here = -1;
  const go = (place) => {
    if (!lines.length) return;
    if (lines[here]) lines[here].classList.remove("is-here");
    here = Math.max(0, Math.min(lines.length - 1, place));
    lines[here].classList.add("is-here");
    const link = lines[here].querySelector("[data-open]");
    if (link) link.focus();
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    if (event.key === "j") go(here + 1);
    if (event.key === "k") go(here - 1);
  });
  // Two rows are enough for a line; a further one is shown when it is asked for, or was used.
  const pieces = [...document.querySelectorAll("[data-piece]")];
  const more = document.querySelector("[data-more]");
  if (more) {
    const isUsed = (piece) => [...piece.querySelectorAll("input, select")].some((each) => each.value);
    const last = Math.max(1, pieces.findLastIndex(isUsed));
    pieces.forEach((piece, place) => { piece.hidden = place > last; });
    const offer = () => { more.hidden = !pieces.some((piece) => piece.hidden); };
    more.addEventListener("click", () => {
      const next = pieces.find((piece) => piece.hidden);
      next.hidden = false;
      offer();
      next.querySelector("select").focus();
    });
    offer();
  }
  // What is to be named depends on what it is.
  for (const piece of pieces) {
    const kind = piece.querySelector("select");
    const what = piece.querySelector('input[name^="what-"]');
    const ask = () => { what.placeholder = kind.selectedOptions[0]?.dataset.asks || ""; };
    kind.addEventListener("change", ask);
    ask();
  }
  for (const button of document.querySelectorAll("[data-use]")) {
    button.addEventListener("click", () => {
      const boxes = [...document.querySelectorAll('input[name^="what-"]')];
      const box = boxes.find((each) => !each.value) || boxes[0];
      box.value = button.dataset.use;
      box.focus();
    });
  }
})();
