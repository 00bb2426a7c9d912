// The schedule of a loan or a repair while it is typed: the server plans it, this only shows it.
"use strict";
(() => {
  const form = document.querySelector("form[data-schedule]");
  if (!form) return;
  const shown = form.querySelector("[data-schedule-shown]");
  let latest = 0;
  let timer = 0;
  const amount = form.querySelector("[data-money]");
  const ask = async () => {
    if (amount.value.trim() === "") return;
    const mine = ++latest;
    try {
      const answer = await fetch(form.dataset.schedule, { method: "POST", body: new FormData(form), redirect: "error" });
      const part = await answer.text();
      if (mine === latest && answer.ok) shown.innerHTML = part;
    } catch {
      // Offline, or signed out meanwhile: the next page checks it all the same.
    }
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 250);
  };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  soon();
})();
