// Keeps the page of a batch up to date: asks the server for its figures until nothing is waiting anymore.
"use strict";
(() => {
  const box = document.getElementById("batch-progress");
  if (!box) return;
  const everyMs = 1000;
  const slowestMs = 15000;
  let waitMs = everyMs;

  function show(found) {
    for (const [name, value] of Object.entries(found.figures)) {
      const place = box.querySelector(`[data-figure="${name}"]`);
      if (place) place.textContent = value;
    }
    const bar = box.querySelector("progress");
    bar.value = found.figures.progress_percentage;
    bar.textContent = `${found.figures.progress_percentage} %`;
    for (const [name, share] of Object.entries(found.figures.shares)) {
      const part = box.querySelector(`[data-share="${name}"]`);
      if (part) part.style.width = `${share}%`;
    }
    const { good, held, bad } = found.figures.shares;
    box
      .querySelector("#batch-shares")
      .setAttribute("aria-label", `Shares of the rows: good ${good} %, held ${held} %, bad ${bad} %`);
    const repairs = box.querySelector("[data-repairs]");
    if (repairs) repairs.hidden = found.figures.failed_rows === 0;
    const table = box.querySelector("table");
    const repair = table.dataset.repair;
    table.querySelector("tbody").replaceChildren(
      ...found.errors.map((error) => {
        const line = document.createElement("tr");
        const hint = error.sent_again ? `It was sent again: ${error.sent_again}.` : error.hint;
        for (const text of [error.row, error.field, error.message, hint]) {
          const cell = document.createElement("td");
          cell.className = "px-2 py-1 align-top";
          cell.textContent = text;
          line.append(cell);
        }
        if (repair && error.repairable) {
          const link = document.createElement("a");
          link.className = "underline";
          link.href = `${repair}?row=${error.row}`;
          link.textContent = error.row;
          line.firstChild.replaceChildren(link);
        }
        return line;
      })
    );
    table.hidden = found.errors.length === 0;
  }

  async function ask() {
    try {
      const answer = await fetch(box.dataset.url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const found = await answer.json();
      show(found);
      waitMs = everyMs;
      if (found.finished) {
        // The actions that the page offers depend on the status: fetch them once.
        if (box.dataset.finished === "no") window.location.reload();
        return;
      }
    } catch (error) {
      waitMs = Math.min(waitMs * 2, slowestMs);
    }
    window.setTimeout(ask, waitMs);
  }

  ask();
})();
