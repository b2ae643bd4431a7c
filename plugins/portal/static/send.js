// Choosing, ordering and sending files for one request. Without script the plain form of the page does it.
const form = document.querySelector("#send");
const words = form?.querySelector("[data-words]").dataset;
const chosen = [];

const part = (name) => form.querySelector(`[data-${name}]`);

function show() {
  part("pages").replaceChildren(...chosen.map(leaf));
  const send = part("send");
  send.hidden = chosen.length === 0;
  send.querySelector("span").textContent = chosen.length === 1 ? words.one : words.many.replace("#", chosen.length);
}

function leaf(page, number) {
  const row = part("page").content.cloneNode(true);
  const picture = row.querySelector("img");
  if (page.file.type.startsWith("image/")) picture.src = page.address ??= URL.createObjectURL(page.file);
  else picture.remove();
  row.querySelector("strong").textContent = page.file.name;
  const up = row.querySelector("[data-up]");
  const down = row.querySelector("[data-down]");
  up.disabled = number === 0;
  down.disabled = number === chosen.length - 1;
  up.onclick = () => move(number, number - 1, "up");
  down.onclick = () => move(number, number + 1, "down");
  row.querySelector("[data-remove]").onclick = () => remove(number);
  return row;
}

function move(from, to, way) {
  chosen.splice(to, 0, ...chosen.splice(from, 1));
  show();
  part("pages").children[to].querySelector(`[data-${way}]:enabled, button:enabled`).focus();
}

function remove(number) {
  URL.revokeObjectURL(chosen.splice(number, 1)[0].address);
  show();
  (part("pages").querySelector("button:enabled") ?? part("choose").querySelector("input")).focus();
}

function choose(event) {
  chosen.push(...[...event.target.files].map((file) => ({ file })));
  event.target.value = "";
  show();
}

function say(text) {
  part("progress").textContent = text;
}

// One file; goes on where it was, also when the page was closed meanwhile.
function send(file, done) {
  return new Promise((resolve, reject) => {
    const upload = new tus.Upload(file, {
      endpoint: form.dataset.uploads,
      chunkSize: 4 * 1024 * 1024,
      retryDelays: [0, 1000, 3000, 8000, 20000],
      removeFingerprintOnSuccess: true,
      headers: { "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content },
      metadata: { filename: file.name, request: form.dataset.request },
      fingerprint: async () => ["kluis", form.dataset.request, file.name, file.size, file.lastModified].join("/"),
      onProgress: (sent) => done(sent),
      onShouldRetry: (error) => {
        const status = error.originalResponse?.getStatus() ?? 0;
        if (status === 0) say(words.lost);
        return status === 0 || status === 409 || status === 423 || status >= 500;
      },
      onError: reject,
      onSuccess: resolve,
    });
    upload.findPreviousUploads().then((earlier) => {
      if (earlier.length) upload.resumeFromPreviousUpload(earlier[0]);
      upload.start();
    });
  });
}

async function sendAll() {
  const files = chosen.map((page) => page.file);
  const all = files.reduce((sum, file) => sum + file.size, 0);
  part("send").hidden = part("choose").hidden = part("pages").hidden = true;
  part("sending").hidden = false;
  const awake = await navigator.wakeLock?.request("screen").catch(() => null);
  let before = 0;
  try {
    for (const file of files) {
      await send(file, (sent) => {
        const share = Math.floor((100 * (before + sent)) / all);
        part("sending").querySelector("progress").value = share;
        say(words.busy.replace("#", share));
      });
      before += file.size;
      chosen.shift();
    }
    location.reload();
  } catch (error) {
    say(error.originalResponse?.getBody() || words.lost);
    part("send").hidden = part("choose").hidden = part("pages").hidden = false;
    show();
  } finally {
    awake?.release();
  }
}

if (form) {
  part("plain").remove();
  part("choose").hidden = false;
  for (const input of part("choose").querySelectorAll("input")) input.addEventListener("change", choose);
  part("send").addEventListener("click", sendAll);
  form.addEventListener("submit", (event) => event.preventDefault());
}
