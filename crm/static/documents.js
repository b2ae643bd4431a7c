// Uploads: files dropped or chosen, sent beside each other with their progress; those that are in are told to the form's
// address some at a time, in the order they were chosen, which makes them documents. Without it the form does the same.

const AT_ONCE = 3, CARRIED = 2000; // requests; milliseconds that one of them may take, as far as it holds several files
const TOLD_TOGETHER = 20, TOLD_AT_MOST = 50, PATIENCE = 5000; // files, files, milliseconds

function setUp(form) {
  if (form.dataset.ready) return;
  form.dataset.ready = "yes";
  const input = form.querySelector("input[type=file]");
  const queue = form.querySelector("[data-queue]");
  const words = Object.fromEntries(
    [...form.querySelector("[data-words]").content.querySelectorAll("[data-word]")].map((one) => [one.dataset.word, one.textContent]),
  );
  const most = Number(form.dataset.most);
  const waiting = [], line = []; // `line`: chosen, and neither told nor failed
  let rate = 0; // bytes a millisecond, as the last request was carried
  let busy = 0, telling = false, patience = null, received = 0, all = 0;

  const add = (files) => {
    for (const file of files) {
      all += 1;
      begin(row(file));
    }
    input.value = "";
    next();
  };

  function begin(one) {
    line.push(one);
    waiting.push(one);
  }

  function row(file) {
    const item = form.querySelector("[data-one]").content.firstElementChild.cloneNode(true);
    item.querySelector("[data-name]").textContent = file.name;
    queue.append(item);
    const one = { file, item, key: null, request: null, arrived: false, stopped: false, alone: false };
    item.querySelector("[data-stop]").addEventListener("click", () => {
      one.stopped = true;
      if (waiting.includes(one)) waiting.splice(waiting.indexOf(one), 1);
      one.request ? one.request.abort() : fail(one, words.stopped);
    });
    item.querySelector("[data-again]").addEventListener("click", () => {
      if (one.key) {
        line.push(one);
        arrived(one);
      } else begin(one);
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
    one.arrived = false;
    if (line.includes(one)) line.splice(line.indexOf(one), 1);
    tell();
  }

  function next() {
    while (busy < AT_ONCE && waiting.length) {
      const some = together();
      if (some[0].file.size > most) {
        fail(some[0], words.large);
        some[0].item.querySelector("[data-again]").hidden = true; // it stays too large
        continue;
      }
      busy += 1;
      send(some).finally(() => {
        busy -= 1;
        goOn();
      });
    }
  }

  // What goes in one request: a request costs the server as much as a file of two megabytes. No more than the line carried
  // in some seconds, so that little is sent anew when it breaks, and than the largest file, which every proxy lets through.
  function together() {
    const some = [waiting.shift()], share = Math.min(Math.ceil((waiting.length + 1) / AT_ONCE), TOLD_TOGETHER);
    let room = Math.min(most, rate * CARRIED) - some[0].file.size;
    while (!some[0].alone && some.length < share && waiting.length && !waiting[0].alone && waiting[0].file.size <= room) {
      room -= waiting[0].file.size;
      some.push(waiting.shift());
    }
    return some;
  }

  function goOn() {
    next();
    if (!busy && !waiting.length && !telling && !line.length) finish();
  }

  const send = (some) => new Promise((resolve) => {
    const request = new XMLHttpRequest(), began = performance.now();
    const sizes = some.map((one) => one.file.size);
    request.open("POST", form.dataset.send);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("X-CSRFToken", form.elements.csrf_token.value);
    request.setRequestHeader("X-Sizes", sizes.join());
    request.upload.addEventListener("progress", ({ loaded }) => progress(some, loaded));
    request.addEventListener("load", () => {
      rate = sizes.reduce((sum, size) => sum + size) / (performance.now() - began);
      answered(some, request);
    });
    request.addEventListener("error", () => failed(some, words.lost));
    request.addEventListener("abort", () => failed(some, words.stopped));
    request.addEventListener("loadend", resolve);
    for (const one of some) {
      one.request = request;
      one.stopped = false;
      show(one, words.sending);
    }
    request.send(some.length > 1 ? new Blob(some.map((one) => one.file)) : some[0].file);
  });

  function progress(some, loaded) {
    let left = loaded;
    for (const { file, item } of some) {
      item.querySelector("progress").value = Math.max(0, Math.min(100, (100 * left) / (file.size || 1)));
      left -= file.size;
    }
  }

  function answered(some, request) {
    document.dispatchEvent(new CustomEvent("crm:answer", { detail: request.status }));
    let said = {};
    try {
      said = JSON.parse(request.responseText);
    } catch {
      said = {};
    }
    if (request.status !== 200 || !said.files) return failed(some, said.message || words.lost);
    some.forEach((one, number) => {
      const { key, message } = said.files[number];
      one.request = null;
      one.key = key;
      key ? arrived(one) : fail(one, message);
    });
  }

  // One that was stopped takes nobody with it; nor does one that cannot be read: then each goes once more, by itself.
  function failed(some, text) {
    for (const one of some) one.request = null;
    const others = some.length > 1 ? some.filter((one) => !one.stopped) : [];
    for (const one of others) {
      one.alone = others.length === some.length;
      one.item.querySelector("progress").value = 0;
      show(one, words.waiting);
    }
    waiting.unshift(...others);
    for (const one of some) if (!others.includes(one)) fail(one, text);
  }

  function arrived(one) {
    one.item.querySelector("progress").value = 100;
    show(one, words.sent);
    one.arrived = true;
    tell();
  }

  // Twenty at a time cost a quarter of what they cost one by one; the last ones, and on a slow line those of some seconds, do
  // not wait for that. Photos become pages in this order, so nobody goes before who was chosen earlier.
  async function tell(now = false) {
    const away = line.findIndex((one) => !one.arrived);
    const ready = Math.min(away < 0 ? line.length : away, TOLD_AT_MOST);
    if (telling || !ready) return;
    if (!now && away >= 0 && ready < TOLD_TOGETHER) {
      patience ??= setTimeout(() => {
        patience = null;
        tell(true);
      }, PATIENCE);
      return;
    }
    clearTimeout(patience);
    patience = null;
    telling = true;
    await made(line.splice(0, ready));
    telling = false;
    tell();
    goOn();
  }

  async function made(some) {
    for (const one of some) one.item.querySelector("[data-stop]").hidden = true;
    const files = some.map((one) => ({ key: one.key, name: one.file.name }));
    const headers = { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrf_token.value };
    let status = 0, said = {};
    try {
      const answer = await fetch(form.action, { method: "POST", headers, body: JSON.stringify({ files }) });
      status = answer.status;
      document.dispatchEvent(new CustomEvent("crm:answer", { detail: status }));
      said = await answer.json();
    } catch {
      said = {};
    }
    const answers = Object.fromEntries((said.files ?? []).map((one) => [one.key, one]));
    for (const one of some) {
      const about = answers[one.key] ?? {};
      if (status === 200 && about.url) done(one);
      else {
        if (about.message) one.key = null; // it is not kept any more: only sending it anew helps
        fail(one, about.message || said.message || words.lost);
      }
    }
  }

  function done(one) {
    received += 1;
    one.item.querySelector("[data-state]").textContent = words.received;
    setTimeout(() => one.item.remove(), 4000);
  }

  function finish() {
    form.querySelector("[data-said]").textContent = `${received} ${words.of} ${all} ${words.done}`;
    const failed = queue.querySelector(".text-danger"); // stays where it is, with its reason and its button
    const list = form.closest("[data-list]") ?? document.querySelector("[data-list]");
    if (!failed) form.closest("[data-within]")?.replaceChildren();
    if (list) htmx.ajax("GET", list.dataset.list, { target: list, swap: "outerHTML" });
    else if (received && !failed) location.reload();
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
  addEventListener("beforeunload", (event) => (busy || waiting.length || line.length || telling) && event.preventDefault());
}

const start = (root) => {
  if (root.matches?.("form[data-upload]")) setUp(root);
  root.querySelectorAll("form[data-upload]").forEach(setUp);
};
start(document);
document.addEventListener("htmx:load", (event) => start(event.target));
