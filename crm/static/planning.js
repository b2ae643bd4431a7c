// Looks again whenever a choice changes what the rest of the screen shows. Without it there is the button Bijwerken.

const form = document.querySelector("form[data-plan]");
const PARTS = ["plan-slots", "plan-letter", "plan-after", "plan-script", "plan-errors"];
const PAUSE = 300;
const changed = new Set(); // names of what changed since the screen last looked
let timer, running;

form?.addEventListener("change", (event) => {
  if (event.target.matches("[data-refresh]") || form.querySelector("#mail_seen")?.value === "") later(event.target);
});
form?.addEventListener("input", (event) => { if (event.target.id === "q" || running) later(event.target); });

// An answer still to come would put back what stood there before this change.
function later(element) {
  changed.add(element.name);
  running?.abort();
  clearTimeout(timer);
  timer = setTimeout(refresh, PAUSE);
}

async function refresh() {
  const typed = new FormData(form);
  typed.delete("once");
  typed.set("do", "refresh");
  const { signal } = running = new AbortController();
  try {
    const headers = { "HX-Request": "true" };
    const answer = await fetch(form.action, { method: "POST", body: typed, headers, signal });
    document.dispatchEvent(new CustomEvent("crm:answer", { detail: answer }));
    const page = answer.ok && !answer.redirected && new DOMParser().parseFromString(await answer.text(), "text/html");
    if (page && !signal.aborted) show(page);
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  } finally {
    if (running.signal === signal) running = undefined;
  }
}

function show(page) {
  const parts = changed.size === 1 && changed.has("q") ? [] : [...PARTS];
  if (changed.has("q")) parts.push("plan-hits");
  if (changed.has("dossier")) parts.push("plan-dossier");
  changed.clear();
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
