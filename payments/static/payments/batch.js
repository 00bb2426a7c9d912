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
    const body = box.querySelector("tbody");
    body.replaceChildren(
      ...found.errors.map((error) => {
        const line = document.createElement("tr");
        for (const name of ["row", "field", "message", "hint"]) {
          const cell = document.createElement("td");
          cell.className = "px-2 py-1 align-top";
          cell.textContent = error[name];
          line.append(cell);
        }
        return line;
      })
    );
    box.querySelector("table").hidden = found.errors.length === 0;
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
