// Colleagues are offered while a name is typed after an @. Without this they are ticked in the list below the field.
"use strict";
// The theme's listener writes the file's name into a box that stands beside its own widget alone: this one shows it itself.
document.querySelectorAll("input[type=file][multiple]").forEach((input) => { input.hasChangeListener = true; });
document.querySelectorAll("textarea[data-mentions]").forEach((field) => {
    const list = document.getElementById(field.dataset.mentions);
    if (!list) return;
    const people = [...list.querySelectorAll("label")].map((label) => ({
        username: label.querySelector("input").value,
        text: label.textContent.trim().replace(/\s+/g, " "),
    }));
    const offered = document.createElement("ul");
    offered.className = "note-offered";
    offered.hidden = true;
    field.after(offered);

    const typed = () => /(?:^|[^\w.@+-])@([\w.+-]{0,40})$/.exec(field.value.slice(0, field.selectionStart));
    const close = () => { offered.hidden = true; offered.replaceChildren(); };
    const take = (username) => {
        const found = typed();
        if (!found) return;
        const end = field.selectionStart;
        field.setRangeText(`${username} `, end - found[1].length, end, "end");
        close();
        field.focus();
    };
    field.addEventListener("input", () => {
        const found = typed();
        const wanted = found ? found[1].toLowerCase() : null;
        const fitting = wanted === null ? [] : people.filter((each) => each.text.toLowerCase().includes(wanted)).slice(0, 6);
        offered.replaceChildren(...fitting.map((each) => {
            const button = document.createElement("button");
            button.type = "button";
            button.textContent = each.text;
            button.addEventListener("click", () => take(each.username));
            const item = document.createElement("li");
            item.append(button);
            return item;
        }));
        offered.hidden = fitting.length === 0;
    });
    field.addEventListener("keydown", (event) => {
        const first = offered.querySelector("button");
        if (offered.hidden || !first) return;
        if (event.key === "Escape") close();
        // Tab goes into the list, as it does everywhere; Enter takes the first.
        if (event.key === "Enter" && !event.shiftKey) {
            event.preventDefault();
            first.click();
        }
    });
});
