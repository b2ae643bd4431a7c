// Uploads: files one by one beside each other with their progress, dropped or chosen. Without it the form does the same.

const AT_ONCE = 3;

function setUp(form) {
  if (form.dataset.ready) return;
  form.dataset.ready = "yes";
  const input = form.querySelector("input[type=file]");
  const queue = form.querySelector("[data-queue]");
  const words = Object.fromEntries(
    [...form.querySelector("[data-words]").content.querySelectorAll("[data-word]")].map((one) => [one.dataset.word, one.textContent]),
  );
  const waiting = [];
  let busy = 0, received = 0, all = 0;

  const add = (files) => {
    for (const file of files) {
      all += 1;
      waiting.push(row(file));
    }
    input.value = "";
    next();
  };

  function row(file) {
    const item = form.querySelector("[data-one]").content.firstElementChild.cloneNode(true);
    item.querySelector("[data-name]").textContent = file.name;
    queue.append(item);
    const one = { file, item, token: crypto.randomUUID(), request: null, stopped: false };
    item.querySelector("[data-stop]").addEventListener("click", () => {
      one.stopped = true;
      one.request ? one.request.abort() : fail(one, words.stopped);
    });
    item.querySelector("[data-again]").addEventListener("click", () => {
      one.stopped = false;
      waiting.push(one);
      next();
    });
    show(one, words.waiting);
    return one;
  }

  function show(one, text, again = false) {
    one.item.querySelector("[data-state]").textContent = text;
    one.item.querySelector("[data-stop]").hidden = again;
    one.item.querySelector("[data-again]").hidden = !again;
    one.item.classList.toggle("text-danger", again);
  }

  function fail(one, text) {
    one.item.querySelector("progress").value = 0;
    show(one, text, true);
    form.querySelector("[data-said]").textContent = `${one.file.name}: ${text}`;
  }

  function next() {
    while (busy < AT_ONCE && waiting.length) {
      const one = waiting.shift();
      if (one.stopped) continue;
      if (one.file.size > Number(form.dataset.most)) {
        fail(one, words.large);
        continue;
      }
      busy += 1;
      send(one).finally(() => {
        busy -= 1;
        next();
        if (!busy && !waiting.length) finish();
      });
    }
  }

  const send = (one) => new Promise((resolve) => {
    const request = new XMLHttpRequest();
    one.request = request;
    request.open("POST", form.action);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("X-File-Name", encodeURIComponent(one.file.name));
    request.setRequestHeader("X-Upload", one.token);
    request.setRequestHeader("X-CSRFToken", form.elements.csrf_token.value);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) one.item.querySelector("progress").value = (100 * event.loaded) / event.total;
    });
    request.addEventListener("load", () => answered(one, request));
    request.addEventListener("error", () => fail(one, words.lost));
    request.addEventListener("abort", () => fail(one, words.stopped));
    request.addEventListener("loadend", () => {
      one.request = null;
      resolve();
    });
    show(one, words.sending);
    request.send(one.file);
  });

  function answered(one, request) {
    document.dispatchEvent(new CustomEvent("crm:answer", { detail: request.status }));
    let said = {};
    try {
      said = JSON.parse(request.responseText);
    } catch {
      said = {};
    }
    if (request.status !== 200) return fail(one, said.message || words.lost);
    received += 1;
    one.item.querySelector("progress").value = 100;
    one.item.querySelector("[data-stop]").remove();
    one.item.querySelector("[data-state]").textContent = said.same ? `${words.same} “${said.same}”` : words.received;
    if (!said.same) setTimeout(() => one.item.remove(), 4000);
  }

  function finish() {
    form.querySelector("[data-said]").textContent = `${received} ${words.of} ${all} ${words.done}`;
    const list = form.closest("[data-list]") ?? document.querySelector("[data-list]");
    if (list) htmx.ajax("GET", list.dataset.list, { target: list, swap: "outerHTML" });
    else if (received) location.reload();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    add(input.files);
  }, true);
  input.addEventListener("change", () => input.files.length && add([...input.files]));
  // With more of these forms on one page a file goes to the one it is dropped on.
  const mine = ({ target }) => form.isConnected && (document.querySelectorAll("form[data-upload]").length < 2 || form.contains(target));
  const over = (event) => {
    if (![...(event.dataTransfer?.types ?? [])].includes("Files") || !mine(event)) return;
    event.preventDefault();
    form.classList.toggle("upload-over", event.type === "dragover");
  };
  for (const name of ["dragover", "dragleave"]) document.addEventListener(name, over);
  document.addEventListener("drop", (event) => {
    over(event);
    if (mine(event) && event.dataTransfer?.files.length) add(input.multiple ? [...event.dataTransfer.files] : [event.dataTransfer.files[0]]);
  });
  addEventListener("beforeunload", (event) => (busy || waiting.length) && event.preventDefault());
}

const start = (root) => {
  if (root.matches?.("form[data-upload]")) setUp(root);
  root.querySelectorAll("form[data-upload]").forEach(setUp);
};
start(document);
document.addEventListener("htmx:load", (event) => start(event.target));
