// The lines of a payment: what is left, in whole cents. The server computes it all again.
"use strict";
(() => {
  const form = document.querySelector("form[data-payment]");
  if (!form) return;
  const most = Number(form.dataset.mostLines);
  const total = form.querySelector("[data-total]");
  const rows = [...form.querySelectorAll("[data-line]")].map((row) => ({
    row,
    box: row.querySelector("[data-pays]"),
    note: row.querySelector("[data-note]"),
    owed: Number(row.dataset.cents),
    lease: row.dataset.lease,
    category: row.dataset.category,
    takesRest: "takesRest" in row.dataset,
    isTax: "tax" in row.dataset,
  }));
  const filter = form.querySelector("[data-filter]");
  const figures = Object.fromEntries(
    [...form.querySelectorAll("[data-figure]")].map((each) => [each.dataset.figure, each]),
  );

  // Whole cents of an amount, null for anything else: "265", "265.5", "$1,265.50".
  const cents = (text) => {
    const found = /^[$€£₹]?\s*([1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]{1,9})(?:\.([0-9]{1,2}))?$/.exec(text.trim());
    return found ? Number(found[1].replaceAll(",", "")) * 100 + Number((found[2] || "").padEnd(2, "0")) : null;
  };
  const plain = (amount) => `${Math.trunc(amount / 100)}.${String(amount % 100).padStart(2, "0")}`;
  const words = (amount) => plain(amount).replace(/\B(?=(\d{3})+\.)/g, ",");

  const lease = () => form.querySelector("input[name=lease]:checked")?.value ?? "";
  const onAccount = () => lease() === "none";
  const payable = (each) =>
    lease() !== "" && (onAccount() || (each.lease === lease() && !each.isTax));
  const typed = (each) => (each.box.disabled ? 0 : cents(each.box.value) ?? 0);

  const choose = () => {
    for (const each of rows) {
      const fits = lease() === "" || onAccount() || each.lease === lease();
      const listed = fits && (!filter?.value || each.category === filter.value);
      each.row.hidden = !listed;
      each.box.disabled = !payable(each);
      each.note.hidden = onAccount();
    }
  };

  const count = () => {
    const received = cents(total.value) ?? 0;
    const chosen = rows.reduce((sum, each) => sum + typed(each), 0);
    const left = Math.max(received - chosen, 0);
    const room = onAccount()
      ? 0
      : rows
          .filter((each) => each.takesRest && payable(each))
          .reduce((sum, each) => sum + Math.max(each.owed - typed(each), 0), 0);
    const toLease = Math.min(left, room);
    figures.total.textContent = words(received);
    figures.chosen.textContent = words(chosen);
    figures.lease.textContent = words(toLease);
    figures.lease.parentElement.hidden = onAccount();
    figures.rest.textContent = words(left - toLease);
    figures.over.textContent = words(Math.max(chosen - received, 0));
    form.querySelector("[data-over]").hidden = total.value.trim() === "" || chosen <= received;
    for (const each of rows) {
      const wrong = !each.box.disabled && each.box.value.trim() !== "" && !(cents(each.box.value) > 0 && cents(each.box.value) <= each.owed);
      each.row.classList.toggle("is-wrong", wrong);
    }
  };

  const left = (but) => {
    const others = rows.reduce((sum, each) => (each === but ? sum : sum + typed(each)), 0);
    return (cents(total.value) ?? 0) - others;
  };
  const changed = () => {
    count();
    form.dispatchEvent(new Event("counter:changed"));
  };
  // What is owed, or as much of it as is left; all of it while no amount is given.
  const fill = (each) => {
    const amount = total.value.trim() === "" ? each.owed : Math.min(each.owed, Math.max(left(each), 0));
    each.box.value = amount > 0 ? plain(amount) : "";
  };

  form.querySelector("[data-fill]")?.addEventListener("click", () => {
    const wanted = rows.filter((each) => payable(each) && !each.row.hidden);
    for (const each of wanted) each.box.value = "";
    for (const each of wanted.slice(0, most)) fill(each);
    changed();
    form.querySelector("[data-go]").focus();
  });
  form.querySelector("[data-empty]")?.addEventListener("click", () => {
    for (const each of rows) each.box.value = "";
    changed();
  });
  filter?.addEventListener("change", choose);
  form.addEventListener("change", (event) => {
    if (event.target.name === "lease") {
      choose();
      count();
    }
  });
  form.addEventListener("input", count);
  form.addEventListener("keydown", (event) => {
    const place = rows.findIndex((each) => each.box === event.target);
    if (place < 0) return;
    if (event.key === "=") {
      event.preventDefault();
      fill(rows[place]);
      changed();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      for (let next = place + step; rows[next]; next += step) {
        if (!rows[next].row.hidden && !rows[next].box.disabled) {
          rows[next].box.focus();
          rows[next].box.select();
          break;
        }
      }
    }
  });
  choose();
  count();
  addEventListener("pageshow", () => {
    choose();
    count();
  });
})();
