// Puts a word between {{ }} where the cursor was last, in the subject or the text.

let target = null;
const fields = document.querySelectorAll("#title, #subject, #body");
for (const field of fields) field.addEventListener("focus", () => { target = field; });

for (const button of document.querySelectorAll("[data-word]")) {
  button.addEventListener("click", () => {
    const field = target ?? document.getElementById("body");
    field.setRangeText(button.dataset.word, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
}
