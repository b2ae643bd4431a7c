// Looks again whenever a choice changes what the rest of the screen shows. Without it there is the button Bijwerken.

const form = document.querySelector("form[data-plan]");
const PARTS = ["plan-slots", "plan-letter", "plan-after", "plan-script", "plan-errors"];
const PAUSE = 300;
let timer, running;

form?.addEventListener("change", (event) => {
  if (event.target.matches("[data-refresh]") || form.querySelector("#mail_seen")?.value === "") later(event.target);
});
form?.addEventListener("input", (event) => { if (event.target.id === "q") later(event.target); });

function later(element) {
  clearTimeout(timer);
  timer = setTimeout(() => refresh(element), PAUSE);
}

async function refresh(element) {
  const typed = new FormData(form);
  typed.delete("once");
  typed.set("do", "refresh");
  running?.abort();
  running = new AbortController();
  try {
    const headers = { "HX-Request": "true" };
    const answer = await fetch(form.action, { method: "POST", body: typed, headers, signal: running.signal });
    document.dispatchEvent(new CustomEvent("crm:answer", { detail: answer }));
    if (!answer.ok || answer.redirected) return;
    show(new DOMParser().parseFromString(await answer.text(), "text/html"), element.name);
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  }
}

function show(page, changed) {
  const parts = changed === "q" ? ["plan-hits"] : changed === "dossier" ? [...PARTS, "plan-dossier"] : PARTS;
  const focused = document.activeElement;
  for (const id of parts) {
    const fresh = page.getElementById(id), old = document.getElementById(id);
    if (fresh && old && !(old.contains(focused) && focused.matches("textarea"))) old.replaceWith(fresh);
  }
  for (const name of ["mail_seen", "mail_given"]) {
    const fresh = page.getElementById(name), old = document.getElementById(name);
    if (fresh && old) old.value = fresh.value;
  }
  if (!focused.isConnected && focused.name) {
    form.querySelector(`[name="${focused.name}"]${focused.type === "radio" ? `[value="${focused.value}"]` : ""}`)?.focus();
  }
}
