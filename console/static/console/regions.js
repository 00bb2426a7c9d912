// What scrolls by itself is a landmark, and the theme's scroller calls every one of them alike: each is named after the part of
// the page that it stands in.
window.addEventListener("load", () => {
  for (const region of document.querySelectorAll(".simplebar-content-wrapper[role=region]")) {
    const part = region.closest("fieldset[aria-labelledby]");
    if (part) {
      region.removeAttribute("aria-label");
      region.setAttribute("aria-labelledby", part.getAttribute("aria-labelledby"));
    }
  }
});
