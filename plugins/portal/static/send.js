// Choosing, turning, ordering and sending pages for one request. Without script the plain form of the page does it.
import { pictureOf } from "./turn.js";

const form = document.querySelector("#send");
const words = form?.querySelector("[data-words]").dataset;
const isDue = form?.querySelector(".due") !== null;
const chosen = [];
let sending;

const part = (name) => form.querySelector(`[data-${name}]`);
const filled = (text, number) => text.replace("#", number);

function show() {
  part("pages").replaceChildren(...chosen.map(leaf));
  const send = part("send");
  send.hidden = chosen.length === 0;
  part("choose").classList.toggle("due", isDue && send.hidden);
  send.querySelector("span").textContent = chosen.length === 1 ? words.one : filled(words.many, chosen.length);
}

function leaf(page, place) {
  const row = part("page").content.cloneNode(true);
  const number = place + 1;
  row.querySelector("strong").textContent = filled(words.page, number);
  row.querySelector("[data-name]").textContent = page.file.name;
  for (const button of row.querySelectorAll("button")) button.ariaLabel = filled(button.dataset.label, number);
  const turn = row.querySelector("[data-turn]");
  const picture = row.querySelector("img");
  picture.onerror = () => {
    picture.remove();
    turn.remove();
  };
  if (page.file.type.startsWith("image/")) {
    picture.src = page.address ??= URL.createObjectURL(page.file);
    picture.alt = filled(words.picture, number);
    picture.dataset.turns = page.turns;
  } else picture.onerror();
  const up = row.querySelector("[data-up]");
  const down = row.querySelector("[data-down]");
  up.disabled = place === 0;
  down.disabled = number === chosen.length;
  up.onclick = () => move(place, place - 1, "up");
  down.onclick = () => move(place, place + 1, "down");
  turn.onclick = () => turnPage(place);
  row.querySelector("[data-remove]").onclick = () => remove(place);
  return row;
}

function focusOn(place, name) {
  const row = part("pages").children[place];
  (row?.querySelector(`[data-${name}]:enabled`) ?? row?.querySelector("button:enabled") ?? part("choose").querySelector("input")).focus();
}

function move(from, to, way) {
  chosen.splice(to, 0, ...chosen.splice(from, 1));
  show();
  focusOn(to, way);
  tell(filled(words.moved, to + 1));
}

function turnPage(place) {
  chosen[place].turns = (chosen[place].turns + 1) % 4;
  show();
  focusOn(place, "turn");
  tell(filled(words.turned, place + 1));
}

function remove(place) {
  URL.revokeObjectURL(chosen.splice(place, 1)[0].address);
  show();
  focusOn(Math.min(place, chosen.length - 1), "remove");
  tell(filled(words.removed, place + 1));
}

function choose(event) {
  complain("");
  for (const file of event.target.files) {
    if (chosen.some((page) => sameFile(page.file, file))) complain(filled(words.twice, file.name));
    chosen.push({ file, turns: 0 });
  }
  event.target.value = "";
  show();
  tell(part("send").innerText);
}

const sameFile = (one, other) => one.name === other.name && one.size === other.size && one.lastModified === other.lastModified;

// What only a screen reader says; what is wrong; how far it is.
const tell = (text) => (part("said").textContent = text);
const say = (text) => (part("progress").textContent = text);

function complain(text) {
  part("trouble").textContent = text;
  part("trouble").hidden = !text;
}

// One file; goes on where it was, also when the page was closed meanwhile.
function send(file, page, done) {
  return new Promise((resolve, reject) => {
    sending = new tus.Upload(file, {
      endpoint: form.dataset.uploads,
      chunkSize: 4 * 1024 * 1024,
      retryDelays: [0, 1000, 3000, 8000, 20000],
      removeFingerprintOnSuccess: true,
      headers: { "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content },
      metadata: { filename: file.name, request: form.dataset.request },
      fingerprint: async () =>
        ["kluis", form.dataset.request, file.name, file.size, page.file.lastModified, page.turns].join("/"),
      onProgress: done,
      onShouldRetry: (error) => {
        const status = error.originalResponse?.getStatus() ?? 0;
        if (status === 0) say(words.lost);
        return status === 0 || status === 409 || status === 423 || status >= 500;
      },
      onError: reject,
      onSuccess: resolve,
    });
    sending.stopped = reject;
    sending.findPreviousUploads().then((earlier) => {
      if (earlier.length) sending.resumeFromPreviousUpload(earlier[0]);
      sending.start();
    });
  });
}

function isSending(yes) {
  for (const name of ["choose", "pages", "send", "hint"]) part(name).hidden = yes;
  part("sending").hidden = !yes;
  if (yes) part("stop").focus();
}

async function sendAll() {
  complain("");
  isSending(true);
  const awake = await navigator.wakeLock?.request("screen").catch(() => null);
  try {
    while (chosen.length) {
      await send(await pictureOf(chosen[0]), chosen[0], progress);
      chosen.shift();
    }
    location.reload();
  } catch (error) {
    isSending(false);
    show();
    complain(why(error));
    (chosen.length ? part("send") : part("choose").querySelector("input")).focus();
  } finally {
    awake?.release();
  }
}

function progress(sent, size) {
  const share = Math.floor((100 * sent) / size);
  const megabytes = (count) => (count / 1e6).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });
  part("sending").querySelector("progress").value = share;
  say(filled(words.busy, share));
  part("bytes").textContent = words.of.replace("##", megabytes(size)).replace("#", megabytes(sent));
}

function why(error) {
  if (error.isStop) return "";
  if (error.isUnread) return words.unread;
  const status = error.originalResponse?.getStatus();
  if (status === 400 || status === 401) return words.out;
  return error.originalResponse?.getBody() || words.failed;
}

async function stop() {
  const { stopped } = sending;
  await sending.abort(true).catch(() => null);
  stopped({ isStop: true });
}

if (form) {
  part("plain").remove();
  part("choose").hidden = false;
  for (const input of part("choose").querySelectorAll("input")) input.addEventListener("change", choose);
  part("send").addEventListener("click", sendAll);
  part("stop").addEventListener("click", stop);
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("beforeunload", (event) => chosen.length && event.preventDefault());
}
