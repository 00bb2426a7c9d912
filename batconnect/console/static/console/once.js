// A form marked data-once is sent once: a second click finds its buttons asleep.
"use strict";
document.querySelectorAll("form[data-once]").forEach((form) => {
    const buttons = () => form.querySelectorAll("button[type=submit]");
    form.addEventListener("submit", () => {
        // After the browser has read which button was pressed.
        setTimeout(() => buttons().forEach((button) => { button.disabled = true; }), 0);
    });
    // Coming back by the back button wakes them.
    window.addEventListener("pageshow", () => buttons().forEach((button) => { button.disabled = false; }));
});
