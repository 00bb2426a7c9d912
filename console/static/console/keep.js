// What was typed outlives the session. A form that is sent after the session has ended leads to the sign-in page; this
// keeps its fields in the tab until then and puts them back when the same person has come to the same page again.
// Nothing is sent by itself. Passwords, files and what the page itself put in (hidden fields) are not kept.
"use strict";
(() => {
  const store = window.sessionStorage;
  const KEPT = "batconnect.kept";
  const ENDED = "batconnect.session-ended";
  const LONGEST_MS = 30 * 60 * 1000;
  const isTyped = (field) =>
    field.name && !["hidden", "password", "file", "submit", "button", "image", "reset"].includes(field.type);

  function keep(form) {
    const person = document.querySelector('meta[name="batconnect-person"]');
    if (!person || form.method !== "post") return;
    const fields = [...form.elements].filter(isTyped).map((field) => ({
      name: field.name,
      value: field.value,
      checked: ["checkbox", "radio"].includes(field.type) ? field.checked : null,
      chosen: field.type === "select-multiple" ? [...field.selectedOptions].map((option) => option.value) : null,
    }));
    if (fields.length === 0) return;
    const kept = { path: window.location.pathname, person: person.content, at: Date.now(), fields };
    store.setItem(KEPT, JSON.stringify(kept));
  }

  function put(fields) {
    const taken = new Map();
    let any = false;
    for (const kept of fields) {
      const found = [...document.getElementsByName(kept.name)].filter((field) => field.form && isTyped(field));
      const place = taken.get(kept.name) || 0;
      taken.set(kept.name, place + 1);
      const field = found[place];
      if (!field) continue;
      if (kept.checked !== null) field.checked = kept.checked;
      else if (kept.chosen !== null) [...field.options].forEach((option) => (option.selected = kept.chosen.includes(option.value)));
      else field.value = kept.value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
      any = true;
    }
    return any;
  }

  function showNote() {
    const note = document.createElement("p");
    note.setAttribute("role", "status");
    note.className = "bg-base-100 font-medium mb-6 px-3 py-2 rounded-default dark:bg-base-800";
    note.textContent = "Your session had ended. Nothing was sent; what you typed is back.";
    const place = document.querySelector("#content, main, form");
    if (place) place.prepend(note);
  }

  document.addEventListener("submit", (event) => keep(event.target), true);

  document.addEventListener("DOMContentLoaded", () => {
    const person = document.querySelector('meta[name="batconnect-person"]');
    if (!person) {
      // Signing in, whichever step of it: the rest of the way follows.
      if (document.getElementById("login-form") && store.getItem(KEPT)) store.setItem(ENDED, "yes");
      return;
    }
    const kept = JSON.parse(store.getItem(KEPT) || "null");
    const ended = store.getItem(ENDED);
    store.removeItem(KEPT);
    store.removeItem(ENDED);
    if (!kept || !ended || kept.person !== person.content || Date.now() - kept.at > LONGEST_MS) return;
    if (kept.path === window.location.pathname && put(kept.fields)) showNote();
  });
})();
