// Keys for people who keep their hands on the keyboard. `?` lists them; single letters can be switched off (WCAG 2.1.4).

const letters = document.body.dataset.keys !== "off";
const list = document.getElementById("keys");
let waiting = 0; // until when a letter after `g` counts, in ms

const typing = (target) => target.closest?.("input, textarea, select, [contenteditable='true'], [role='combobox']");
const search = () => document.querySelector(".bar-search input");
const openList = () => list?.showModal();

function follow(selector) {
  const link = document.querySelector(selector);
  link?.focus();
  link?.click();
  return Boolean(link);
}

function letter(event) {
  if (event.key === "/" && search()) return search().focus() ?? true;
  if (event.key === "?") return openList() ?? true;
  if (waiting > Date.now()) {
    waiting = 0;
    return follow(`[data-go="${CSS.escape(event.key.toLowerCase())}"]`);
  }
  if (event.key === "g") waiting = Date.now() + 1500;
  return event.key.length === 1 && follow(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
}

addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.altKey || event.repeat) return;
  const command = event.ctrlKey || event.metaKey;
  let done = false;
  if (command && event.key.toLowerCase() === "k" && search()) {
    search().focus();
    search().select();
    done = true;
  } else if (command && event.key === "Enter") {
    const form = event.target.form ?? event.target.closest?.("form");
    if (form && form.method === "post") { form.requestSubmit(); done = true; }
  } else if (!command && letters && !typing(event.target) && !document.querySelector("dialog[open]")) {
    done = letter(event);
  }
  if (done) event.preventDefault();
});

document.querySelector("[data-open='keys']")?.addEventListener("click", openList);
// A click beside the list closes it.
list?.addEventListener("click", (event) => { if (event.target === list) list.close(); });
