// Looks for doubles while a person is typed, and folds the blocks that a tick opens. The pages work without it.

const NAMES = ["title", "initials", "first_name", "surname_prefix", "surname", "birth_date", "phone", "other_phone", "email", "postal_code", "house_number", "country"];
const PAUSE = 400;

for (const block of document.querySelectorAll("[data-doubles]")) watch(block);

function watch(block) {
  const found = block.querySelector("[data-doubles-found]");
  let timer, last = "", running;
  block.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, PAUSE); });

  async function look() {
    const asked = new URLSearchParams();
    for (const name of NAMES) {
      const element = block.querySelector(`[name="${block.dataset.prefix ?? ""}${name}"]:not([type=radio])`);
      if (element?.value) asked.set(name, element.value);
    }
    if (block.dataset.but) asked.set("but", block.dataset.but);
    if (asked.toString() === last) return;
    last = asked.toString();
    running?.abort();
    running = new AbortController();
    try {
      const answer = await fetch(`${block.dataset.doubles}?${asked}`, { signal: running.signal });
      document.dispatchEvent(new CustomEvent("crm:answer", { detail: answer }));
      if (answer.ok && !answer.redirected) found.innerHTML = await answer.text();
    } catch (error) {
      if (error.name !== "AbortError") found.textContent = "";
    }
  }
}

fold("partner-present", ".partner-block");
fold("partner-other_address", ".address-block");

function fold(name, selector) {
  const tick = document.querySelector(`[name="${name}"][type=checkbox]`), block = document.querySelector(selector);
  if (!tick || !block) return;
  const show = () => { block.hidden = !tick.checked; };
  tick.addEventListener("change", show);
  show();
}
