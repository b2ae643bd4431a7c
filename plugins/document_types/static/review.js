// Reviewing by keyboard: what is opened takes the focus.

for (const box of document.querySelectorAll("details")) {
  box.addEventListener("toggle", () => box.open && box.querySelector("form input:not([type=hidden]), form textarea, form select")?.focus());
}
