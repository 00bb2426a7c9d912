// A form marked data-once is sent once: a second click finds its buttons asleep. Its page, which often answers a POST
// itself, is asked for anew when somebody comes back to it or reloads it: nothing is sent again by that.
"use strict";
if (document.querySelector("form[data-once]")) window.history.replaceState(null, "", window.location.href);
document.querySelectorAll("form[data-once]").forEach((form) => {
    const buttons = () => form.querySelectorAll("button[type=submit]");
    form.addEventListener("submit", () => {
        // After the browser has read which button was pressed.
        setTimeout(() => buttons().forEach((button) => { button.disabled = true; }), 0);
    });
    // Coming back by the back button wakes them.
    window.addEventListener("pageshow", () => buttons().forEach((button) => { button.disabled = false; }));
});
