// An icon is a word in a font of pictures. Where it stands beside the text that says the same, only the text is read out.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  for (const icon of document.querySelectorAll(".material-symbols-outlined")) {
    const whole = icon.closest("a, button, summary, label, h1, h2, h3, h4, h5, p, li, td") || icon.parentElement;
    if (whole.hasAttribute("aria-label") || whole.textContent.trim() !== icon.textContent.trim()) {
      icon.setAttribute("aria-hidden", "true");
    }
  }
});
