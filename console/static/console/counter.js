// The counter's pages: the search answers while one types, what is typed outlives a lost session, a button works once.
"use strict";
(() => {
  for (const each of document.querySelectorAll("[data-needs-script]")) each.hidden = false;

  // The frame is hidden until the theme has started, and what is hidden takes no focus.
  const first =
    document.querySelector(".counter .errors :is(input, select, textarea):not([disabled])") ??
    document.querySelector(".counter [autofocus]");
  const focusFirst = () => {
    if (first && (document.activeElement === document.body || !document.activeElement)) first.focus();
  };
  document.addEventListener("alpine:initialized", () => setTimeout(focusFirst));
  addEventListener("load", focusFirst);

  // --- Finding a driver -----------------------------------------------------------------------------
  const find = document.querySelector("[data-find]");
  if (find) {
    const box = find.elements.q;
    const shown = document.querySelector("[data-found]");
    let shownFor = box.value.trim();
    let latest = 0;
    let timer = 0;
    const links = () => [...shown.querySelectorAll("a")];
    const mark = (place) => links().forEach((link, index) => link.classList.toggle("is-chosen", index === place));
    const chosen = () => Math.max(links().findIndex((link) => link.classList.contains("is-chosen")), 0);

    const ask = async () => {
      const text = box.value.trim();
      const mine = ++latest;
      const address = new URL(find.action);
      address.search = new URLSearchParams({ q: text, part: "found" });
      try {
        const answer = await fetch(address, { headers: { "X-Requested-With": "fetch" }, redirect: "error" });
        const part = await answer.text();
        if (mine !== latest || !answer.ok) return;
        shown.innerHTML = part;
        shownFor = text;
        mark(0);
      } catch {
        // Offline, or signed out meanwhile: Enter sends the form, which says so.
      }
    };
    box.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, 120);
    });
    box.addEventListener("keydown", (event) => {
      const found = links();
      if (event.key === "Enter" && found.length && shownFor === box.value.trim()) {
        event.preventDefault();
        location.assign(found[chosen()].href);
      } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && found.length) {
        event.preventDefault();
        const step = event.key === "ArrowDown" ? 1 : -1;
        mark((chosen() + step + found.length) % found.length);
        found[chosen()].scrollIntoView({ block: "nearest" });
      }
    });
    mark(0);
  }

  // --- What is typed is kept in this tab until it is done -------------------------------------------------
  const PREFIX = "counter:";
  const stored = (name) => {
    try {
      return JSON.parse(sessionStorage.getItem(PREFIX + name) || "null");
    } catch {
      return null;
    }
  };
  const form = document.querySelector("form[data-draft]");
  if (form) {
    const name = form.dataset.draft;
    const keep = () => {
      const values = {};
      for (const field of form.elements) {
        if (!field.name || field.name === "csrfmiddlewaretoken") continue;
        if (field.type === "radio" && !field.checked) continue;
        if (field.value !== "") values[field.name] = field.value;
      }
      sessionStorage.setItem(PREFIX + name, JSON.stringify({ owner: form.dataset.owner, values }));
    };
    const restore = (values) => {
      for (const field of form.elements) {
        if (!field.name || field.name === "csrfmiddlewaretoken") continue;
        if (field.type === "radio") field.checked = field.value === values[field.name];
        else if (field.type !== "submit" && field.type !== "button") field.value = values[field.name] ?? "";
      }
    };
    const found = stored(name);
    if (form.dataset.typed === "yes") {
      keep();
    } else if (found && found.owner === form.dataset.owner) {
      restore(found.values);
      form.querySelector("[data-restored]").hidden = sessionStorage.getItem("batconnect.session-ended") !== null; // keep.js tells
    } else if (found) {
      sessionStorage.removeItem(PREFIX + name); // somebody else's
    }
    form.addEventListener("input", keep);
    // What is typed anew is not wrong until it is checked.
    form.addEventListener("input", (event) => {
      const wrong = event.target.closest(".errors");
      if (!wrong) return;
      wrong.classList.remove("errors");
      event.target.removeAttribute("aria-invalid");
      for (const each of wrong.querySelectorAll(".counter-error")) each.hidden = true;
    });
    form.addEventListener("counter:changed", keep);
    form.addEventListener("submit", keep);
    form.querySelector("[data-forget]").addEventListener("click", () => {
      sessionStorage.removeItem(PREFIX + name);
      location.assign(form.action);
    });
  }
  if (document.querySelector("[data-done]")) {
    for (const name of Object.keys(sessionStorage)) if (name.startsWith(PREFIX)) sessionStorage.removeItem(name);
  }

  // --- A button works once; the server would know anyway --------------------------------------------------
  for (const each of document.querySelectorAll("form[data-once], form[data-draft]")) {
    each.addEventListener("submit", (event) => {
      if (each.dataset.sent) return event.preventDefault();
      each.dataset.sent = "yes";
      for (const button of each.querySelectorAll("[data-go]")) button.setAttribute("aria-busy", "true");
    });
    // Shown again out of the browser's memory, it may be sent again.
    addEventListener("pageshow", () => {
      delete each.dataset.sent;
      for (const button of each.querySelectorAll("[data-go]")) button.removeAttribute("aria-busy");
    });
  }
})();
