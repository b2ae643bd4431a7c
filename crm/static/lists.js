// Lists: tick all rows of the page and count them, change a cell in place, order columns. Without it forms do the same.

const ticks = () => [...document.querySelectorAll("input[form='many'][name='row']")];

function count() {
  const many = document.querySelector("form[data-many]");
  if (!many) return;
  const boxes = ticks();
  const chosen = boxes.filter((box) => box.checked).length;
  many.querySelector("[data-chosen]").textContent = chosen ? `(${chosen})` : "";
  const all = many.querySelector("[data-all-rows]");
  all.checked = chosen > 0 && chosen === boxes.length;
  all.indeterminate = chosen > 0 && chosen < boxes.length;
}

addEventListener("change", ({ target }) => {
  if (target.matches("[data-all-rows]")) for (const box of ticks()) box.checked = target.checked;
  if (target.closest("form[data-many]") || target.getAttribute("form") === "many") count();
  // Who fills in a field means to change it.
  const tick = target.dataset.for && document.getElementById(target.dataset.for);
  if (tick) tick.checked = true;
});
count();
addEventListener("pageshow", count);

// One cell: its form comes in its place, Escape puts it back; afterwards one is where one was.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a.list-edit");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  htmx.ajax("GET", link.getAttribute("href"), { source: link, target: link.closest("td") });
});
addEventListener("keydown", (event) => {
  const form = event.key === "Escape" && event.target.closest?.("form[data-cell]");
  if (form) {
    event.preventDefault();
    form.querySelector("[data-cancel]").click();
  }
});
let returnTo = "";
document.addEventListener("htmx:beforeRequest", ({ target }) => {
  const form = target.closest("form[data-cell]");
  if (form) returnTo = form.dataset.cell;
});
document.addEventListener("htmx:afterSettle", () => {
  if (returnTo && !document.querySelector("form[data-cell]")) {
    document.getElementById(returnTo)?.querySelector(".list-edit")?.focus();
    returnTo = "";
  }
  count();
});

// Columns change places at once; only showing them asks the server.
document.querySelector("form[data-columns]")?.addEventListener("click", (event) => {
  const button = event.target.closest("button[name]");
  if (!button) return;
  event.preventDefault();
  const item = button.closest("li");
  const other = button.name === "up" ? item.previousElementSibling : item.nextElementSibling;
  if (!other || other === item.parentElement.firstElementChild) return;
  button.name === "up" ? other.before(item) : other.after(item);
  button.focus();
});
