// What every form does: ask first, warn about unsaved changes, and be sent once.

const typed = (form) => {
  const data = new FormData(form);
  data.delete("csrf_token");
  return JSON.stringify([...data].map(([name, value]) => [name, value instanceof File ? value.name : value]));
};
const atFirst = new WeakMap();
const leaving = new WeakSet();

function guard(form) {
  // What a refused save gave back is unsaved already.
  const unsaved = form.querySelector(".is-invalid, [aria-invalid='true']") || form.hasAttribute("data-unsaved");
  atFirst.set(form, unsaved ? "" : typed(form));
}

const changed = (form) => atFirst.has(form) && !leaving.has(form) && typed(form) !== atFirst.get(form);

const start = (root) => root.querySelectorAll?.("form[data-guard]").forEach((form) => atFirst.has(form) || guard(form));
start(document);
document.addEventListener("htmx:load", (event) => start(event.target));
// A script that changed how a form is shown, not what is in it.
document.addEventListener("guard:again", ({ target }) => atFirst.has(target) && guard(target));

addEventListener("beforeunload", (event) => {
  if ([...document.querySelectorAll("form[data-guard]")].some(changed)) event.preventDefault();
});

addEventListener("submit", (event) => {
  const form = event.target;
  const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
  if (form.hasAttribute("data-sent") || (question && !confirm(question))) return event.preventDefault();
  if (form.method !== "post" || event.defaultPrevented) return;
  leaving.add(form);
  if (form.closest("[hx-post], [data-hx-post]") || form.target) return;
  form.setAttribute("data-sent", "");
  event.submitter?.setAttribute("aria-busy", "true");
  // A download leaves the page where it is: then the button must come back.
  setTimeout(() => reopen(form), 10_000);
}, true);

function reopen(form) {
  form.removeAttribute("data-sent");
  form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  leaving.delete(form);
}

// Back from the next page: everything can be sent again.
addEventListener("pageshow", (event) => { if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(reopen); });

// What is wrong with a form is read out first.
document.querySelector("[data-focus]")?.focus();

// A part of the page that could not be fetched: say so above, and leave the page with what was typed on it.
const say = (name) =>
  document.getElementById("messages")?.replaceChildren(document.getElementById(name).content.cloneNode(true));
document.addEventListener("htmx:sendError", () => say("no-connection"));

// htmx tells of its answers; our own scripts tell of theirs with "crm:answer".
const heard = (status) => {
  const said = document.querySelector("[data-logged-out]");
  if (status === 401 && !said) say("logged-out");
  if (status >= 200 && status < 400) said?.remove();
};
document.addEventListener("htmx:afterRequest", (event) => heard(event.detail.xhr.status));
document.addEventListener("crm:answer", (event) => heard(event.detail.status));
