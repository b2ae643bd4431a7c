// Stukkenlijst: the number in the heading follows what is ticked; who ticked or unticked something and then changes what
// the list consists of, finds it as it was.

const chosen = new Map();

function count() {
  const number = document.querySelector("#asked [data-count]");
  if (number) number.textContent = document.querySelectorAll("#asked input:checked:not(:disabled)").length;
}

addEventListener("change", (event) => {
  if (event.target.name !== "wanted") return;
  chosen.set(event.target.value, event.target.checked);
  count();
});

addEventListener("htmx:afterSwap", () => {
  for (const box of document.querySelectorAll("#asked [name=wanted]:not(:disabled)")) {
    box.checked = chosen.get(box.value) ?? box.checked;
  }
  count();
});
