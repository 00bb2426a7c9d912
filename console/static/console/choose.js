// A box marked data-choose-all chooses, or takes back, every other box of its form.
"use strict";
document.querySelectorAll("[data-choose-all]").forEach((all) => {
    const boxes = () => all.form.querySelectorAll("input[type=checkbox]:not([data-choose-all])");
    all.hidden = false;
    all.addEventListener("change", () => boxes().forEach((box) => { box.checked = all.checked; }));
    all.form.addEventListener("change", () => { all.checked = [...boxes()].every((box) => box.checked); });
});
