// One record out of many: Tom Select over the search box's answers. Without it one types, sends and chooses.

const fetched = {};
function load(tag, attributes) {
  const address = attributes.src ?? attributes.href;
  return (fetched[address] ??= new Promise((done, failed) => {
    const made = Object.assign(document.createElement(tag), attributes, { onload: done, onerror: failed });
    document.head.append(made);
  }));
}

function line(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function shown(data) {
  const box = line("div", "", "");
  box.append(line("span", "fw-medium", data.title));
  if (data.detail) box.append(line("span", "d-block text-secondary small", data.detail));
  return box;
}

async function wake(box) {
  if (box.hasAttribute("data-awake")) return;
  box.setAttribute("data-awake", "");
  const { script, style, none, clear, failed, picker: address } = box.dataset;
  await Promise.all([load("script", { src: script }), load("link", { rel: "stylesheet", href: style })]);
  const input = box.querySelector("input[type=text]");
  const typed = input.value;
  const radios = [...box.querySelectorAll("input[type=radio][data-title]")];
  const options = radios.map(({ value, dataset }) => ({ value, title: dataset.title, detail: dataset.detail }));
  const chosen = radios.find((radio) => radio.checked)?.value;
  box.querySelectorAll("[data-found], [data-was]").forEach((part) => part.remove());
  input.value = "";

  let choice = null;
  choice = new window.TomSelect(input, {
    maxItems: 1, valueField: "value", labelField: "title", searchField: [], options, items: chosen ? [chosen] : [],
    // What was typed and not chosen goes along as it is when one leaves: the server searches for it.
    create: (text) => ({ value: text, title: text }), createOnBlur: true, persist: false,
    createFilter: () => !choice?.isFocused,
    plugins: { clear_button: { title: clear } },
    placeholder: input.placeholder, loadThrottle: 150,
    highlight: false, score: () => () => 1, sortField: [{ field: "$order" }],
    shouldLoad: (text) => text.trim().length > 1,
    load(text, done) {
      this.clearOptions((option) => this.items.includes(option.value));
      const asked = new URL(address, location.href);
      asked.searchParams.set("q", text);
      fetch(asked)
        .then((answer) => {
          document.dispatchEvent(new CustomEvent("crm:answer", { detail: answer }));
          return answer.ok ? answer.json() : { hits: [] };
        })
        .then(({ hits }) => done(hits.map((hit) => ({ value: `${hit.kind}:${hit.id}`, title: hit.title, detail: hit.detail }))))
        .catch(() => { done(); document.getElementById("messages")?.append(line("div", "alert alert-danger", failed)); });
    },
    render: {
      option: shown,
      item: (data) => line("div", "", data.title),
      no_results: () => line("div", "no-results", none),
    },
  });
  for (const name of ["aria-describedby", "aria-invalid", "aria-required"]) {
    if (input.hasAttribute(name)) choice.control_input.setAttribute(name, input.getAttribute(name));
  }
  if (typed && !chosen) choice.createItem(typed);
  input.form?.addEventListener("submit", () => {
    if (!choice.items.length) input.value = choice.inputValue();
  });
  input.form?.dispatchEvent(new Event("guard:again", { bubbles: true }));
}

const start = (root) => root.querySelectorAll?.("[data-picker]").forEach(wake);
start(document);
document.addEventListener("htmx:load", (event) => start(event.target));
