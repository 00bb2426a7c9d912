// The workbench counts along while amounts are typed: in whole cents, with the discount as the server rounds it. What
// was typed outlives a change of the strategy, in this tab alone, until the payment changes.
"use strict";
(() => {
  const form = document.querySelector("form[data-bench]");
  if (!form) return;
  const available = BigInt(form.dataset.available);
  const takesDiscount = "discount" in form.dataset;
  const rows = [...form.querySelectorAll("[data-item]")].map((row) => ({
    row,
    box: row.querySelector("[data-amount]"),
    note: row.querySelector("[data-note]"),
    proposed: row.querySelector("[data-proposed]").textContent.trim(),
    open: BigInt(row.dataset.cents),
    percent: takesDiscount ? BigInt(row.dataset.percent) : 0n,
    gross: 0n,
    discount: 0n,
  }));
  const figures = Object.fromEntries(
    [...form.querySelectorAll("[data-figure]")].map((place) => [place.dataset.figure, place]),
  );
  const remainsPlace = form.querySelector("[data-remains]");
  const discountPlace = form.querySelector("[data-discounted]");

  const words = (cents) => {
    const size = cents < 0n ? -cents : cents;
    const whole = (size / 100n).toString().replace(/\B(?=(\d{3})+(?!\d))/g, ",");
    return `${cents < 0n ? "-" : ""}${whole}.${(size % 100n).toString().padStart(2, "0")}`;
  };

  // null for a text that is not an amount.
  function cents(text) {
    const plain = text.trim();
    if (plain === "") return 0n;
    const parts = /^[$€£₹]?\s*([1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]{1,9})(?:\.([0-9]{1,2}))?$/.exec(plain);
    return parts ? BigInt(parts[1].replaceAll(",", "")) * 100n + BigInt((parts[2] || "").padEnd(2, "0")) : null;
  }

  // amount × percent, half up; a cent at least is paid in cash. Percents come in ten-thousandths.
  function discountOn(amount, percent) {
    if (amount <= 0n || percent === 0n) return 0n;
    const whole = 1000000n;
    const exact = (2n * amount * percent + whole) / (2n * whole);
    return exact < amount - 1n ? exact : amount - 1n;
  }

  function read(one) {
    const amount = cents(one.box.value);
    one.gross = amount === null ? 0n : amount;
    one.discount = discountOn(one.gross, one.percent);
    const wrong = amount === null ? "no amount" : amount > one.open ? `above ${words(one.open)}` : "";
    one.row.classList.toggle("is-wrong", wrong !== "");
    one.note.textContent = wrong || (one.discount ? `${words(one.gross - one.discount)} in cash` : "");
    one.box.toggleAttribute("aria-invalid", wrong !== "");
    if (wrong) one.box.setAttribute("aria-invalid", "true");
  }

  const sum = (name) => rows.reduce((total, one) => total + one[name], 0n);
  const remaining = () => available - sum("gross") + sum("discount");

  function showFigures() {
    const remains = remaining();
    figures.gross.textContent = words(sum("gross"));
    figures.discount.textContent = words(sum("discount"));
    figures.remains.textContent = words(remains);
    remainsPlace.classList.toggle("workbench-over", remains < 0n);
    discountPlace.hidden = !takesDiscount;
    keep();
  }

  // The most of the item whose cash still fits.
  function settle(one) {
    one.box.value = "";
    read(one);
    const cash = remaining();
    let low = 0n;
    let high = one.open;
    while (low < high) {
      const middle = (low + high + 1n) / 2n;
      if (middle - discountOn(middle, one.percent) <= cash) low = middle;
      else high = middle - 1n;
    }
    one.box.value = low > 0n ? words(low) : "";
    read(one);
    showFigures();
  }

  const store = window.sessionStorage;
  const KEY = "batconnect.workbench";
  const inputs = () => [...form.querySelectorAll("[data-box]")];

  function keep() {
    const typed = inputs().filter((box) => box.value.trim() !== "").map((box) => [box.name, box.value]);
    if (typed.length) store.setItem(KEY, JSON.stringify({ bench: form.dataset.bench, typed }));
    else store.removeItem(KEY);
  }

  function putBack() {
    const kept = JSON.parse(store.getItem(KEY) || "null");
    if (!kept || kept.bench !== form.dataset.bench || form.dataset.typed === "yes") return;
    const typed = new Map(kept.typed);
    inputs().forEach((box) => {
      if (box.value === "" && typed.has(box.name)) box.value = typed.get(box.name);
    });
  }

  form.querySelectorAll("[data-needs-script]").forEach((part) => { part.hidden = false; });
  form.addEventListener("input", (event) => {
    const one = rows.find((each) => each.box === event.target);
    if (one) read(one);
    showFigures();
  });
  const workOut = form.querySelector("button[value=show]");
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && workOut && event.target.matches("[data-box]:not([data-amount])")) {
      event.preventDefault();
      form.requestSubmit(workOut);
      return;
    }
    const place = rows.findIndex((each) => each.box === event.target);
    if (place < 0) return;
    if (event.key === "=") {
      settle(rows[place]);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const next = rows[place + (event.key === "ArrowDown" ? 1 : -1)];
      if (next) {
        next.box.focus();
        next.box.select();
      }
    } else return;
    event.preventDefault();
  });
  const fill = (value) => () => {
    rows.forEach((one) => {
      one.box.value = value(one);
      read(one);
    });
    showFigures();
  };
  form.querySelector("[data-take]").addEventListener("click", fill((one) => one.proposed));
  form.querySelector("[data-clear]").addEventListener("click", fill(() => ""));

  function begin() {
    putBack();
    rows.forEach(read);
    showFigures();
  }
  begin();
  window.addEventListener("pageshow", (event) => { if (event.persisted) begin(); });
})();
