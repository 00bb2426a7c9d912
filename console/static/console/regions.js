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
// A picker's box has no name of its own: it takes that of the label which stands beside it, whenever the box is drawn.
new MutationObserver(() => {
  for (const box of document.querySelectorAll(".select2-selection__rendered[id]:not([aria-label])")) {
    const field = box.id.replace(/^select2-(.*)-container$/, "$1");
    const label = document.querySelector(`label[for="${CSS.escape(field)}"]`);
    if (label) box.setAttribute("aria-label", label.textContent.trim());
  }
}).observe(document.documentElement, { childList: true, subtree: true });
