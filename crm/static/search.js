// Hits while one types, in the search box of the bar (ARIA combobox with a listbox). Without it the form works too.
const form = document.querySelector("form[data-search]");
const box = form?.querySelector("input[name=q]");
const WAIT = 120; // ms after the last key

function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${box.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

if (box) {
  const list = element("div", { id: "search-hits", role: "listbox", "aria-label": box.dataset.label });
  const note = element("p", { class: "search-note text-secondary", hidden: "" });
  const popup = element("div", { class: "search-popup", hidden: "" }, note, list);
  const said = element("div", { class: "visually-hidden", role: "status" });
  let timer, running, active = -1;

  form.append(popup, said);
  const roles = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "search-hits" };
  for (const [name, value] of Object.entries(roles)) box.setAttribute(name, value);

  const options = () => [...list.children];

  function show(open) {
    popup.hidden = !open;
    box.setAttribute("aria-expanded", String(open && list.children.length > 0));
    if (!open) mark(-1);
  }

  function mark(index) {
    active = index;
    options().forEach((option, i) => option.setAttribute("aria-selected", String(i === index)));
    const chosen = options()[index];
    if (chosen) {
      box.setAttribute("aria-activedescendant", chosen.id);
      chosen.scrollIntoView({ block: "nearest" });
    } else box.removeAttribute("aria-activedescendant");
  }

  function option(id, url, ...children) {
    return element("a", { id, role: "option", "aria-selected": "false", tabindex: "-1", href: url, class: "search-hit" }, ...children);
  }

  function draw(found, text) {
    const hits = found.hits.map((hit, i) => option(`search-hit-${i}`, hit.url,
      icon(hit.icon),
      element("span", { class: "search-title" }, element("span", { class: "fw-medium" }, hit.title),
        element("span", { class: "d-block text-secondary small" }, hit.detail)),
      element("span", { class: "text-secondary small" }, hit.label)));
    if (hits.length) {
      const all = `${form.action}?${new URLSearchParams({ q: text })}`;
      hits.push(option("search-hit-all", all, icon("search"), element("span", { class: "search-title" }, `${box.dataset.all}: ${text}`)));
    }
    list.replaceChildren(...hits);
    tell(hits.length ? (found.guessed ? box.dataset.guessed : "") : box.dataset.none);
    said.textContent = hits.length ? `${found.hits.length} ${box.dataset.count}` : box.dataset.none;
    mark(-1);
    show(document.activeElement === box);
  }

  function tell(text) {
    note.textContent = text;
    note.hidden = !text;
  }

  async function ask() {
    running?.abort();
    const text = box.value.trim();
    if (text.length < 2) return show(false);
    running = new AbortController();
    const { signal } = running;
    try {
      const url = `${box.dataset.suggest}?${new URLSearchParams({ q: text })}`;
      const answer = await fetch(url, { signal, headers: { Accept: "application/json" } });
      document.dispatchEvent(new CustomEvent("crm:answer", { detail: answer }));
      if (answer.redirected || !answer.ok) throw new Error(String(answer.status));
      draw(await answer.json(), text);
    } catch (error) {
      if (error.name === "AbortError" || signal.aborted) return;
      list.replaceChildren();
      tell(box.dataset.failed);
      show(document.activeElement === box);
    }
  }

  box.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, WAIT); });
  box.addEventListener("focus", () => { if (list.children.length && box.value.trim().length > 1) show(true); });
  form.addEventListener("focusout", (event) => { if (!form.contains(event.relatedTarget)) show(false); });
  popup.addEventListener("mousedown", (event) => event.preventDefault()); // the box keeps the focus
  form.addEventListener("submit", () => { clearTimeout(timer); running?.abort(); });

  box.addEventListener("keydown", (event) => {
    const count = list.children.length;
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && count) {
      event.preventDefault();
      show(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      mark(active < 0 ? (step > 0 ? 0 : count - 1) : (active + step + count) % count);
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      options()[active].click();
    } else if (event.key === "Escape" && !popup.hidden) {
      event.preventDefault();
      show(false);
    }
  });

  addEventListener("keydown", (event) => {
    const writing = event.target.closest?.("input, textarea, select, [contenteditable]");
    const ctrlK = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    if (ctrlK || (event.key === "/" && !writing && !event.ctrlKey && !event.metaKey && !event.altKey)) {
      event.preventDefault();
      box.focus();
      box.select();
    }
  });
}
