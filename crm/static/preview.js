// The pages of a PDF, drawn as they come into sight, with their text above the drawing for reading aloud and copying.
// With `data-form` the PDF is what the server makes of that form; a button `data-show` makes it anew.

const SCALE = Math.min(devicePixelRatio || 1, 2);

async function source(box) {
  if (!box.dataset.form) return { url: box.dataset.pdf };
  const answer = await fetch(box.dataset.pdf, { method: "POST", body: new FormData(document.getElementById(box.dataset.form)) });
  if (!answer.ok) throw new Error(answer.status === 422 ? await answer.text() : "");
  return { data: await answer.arrayBuffer() };
}

async function open(box) {
  const pdf = await import(box.dataset.code);
  pdf.GlobalWorkerOptions.workerSrc = box.dataset.worker;
  const file = await pdf.getDocument({
    ...await source(box),
    standardFontDataUrl: `${box.dataset.parts}pdf-fonts/`,
    wasmUrl: `${box.dataset.parts}pdf-wasm/`,
    isEvalSupported: false,
    enableXfa: false,
  }).promise;
  const first = await file.getPage(1);
  const shape = first.getViewport({ scale: 1 });
  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      draw(pdf, file, target);
    }
  }, { root: box, rootMargin: "600px" });
  box.querySelector("[data-wait]").hidden = true;
  box.querySelector("[data-failed]").hidden = true;
  for (const old of box.querySelectorAll(".preview-page")) old.remove();
  for (let number = 1; number <= file.numPages; number += 1) {
    const page = document.createElement("section");
    page.className = "preview-page";
    page.dataset.number = number;
    page.setAttribute("aria-label", `${box.dataset.page} ${number}`);
    page.style.aspectRatio = `${shape.width} / ${shape.height}`;
    box.append(page);
    seen.observe(page);
  }
}

async function draw(pdf, file, target) {
  const page = await file.getPage(Number(target.dataset.number));
  const plain = page.getViewport({ scale: 1 });
  const scale = target.clientWidth / plain.width;
  const view = page.getViewport({ scale: scale * SCALE });
  const canvas = document.createElement("canvas");
  canvas.width = view.width;
  canvas.height = view.height;
  canvas.setAttribute("role", "presentation");
  target.style.aspectRatio = `${plain.width} / ${plain.height}`;
  target.replaceChildren(canvas);
  await page.render({ canvas, viewport: view }).promise;
  const text = document.createElement("div");
  text.className = "textLayer";
  text.style.setProperty("--scale-factor", scale);
  text.style.setProperty("--total-scale-factor", scale);
  target.append(text);
  await new pdf.TextLayer({ textContentSource: page.streamTextContent(), container: text, viewport: page.getViewport({ scale }) }).render();
  target.dataset.drawn = "yes";
}

function show(box) {
  const failed = box.querySelector("[data-failed]");
  failed.dataset.said ??= failed.textContent;
  open(box).catch((error) => {
    box.querySelector("[data-wait]").hidden = true;
    for (const old of box.querySelectorAll(".preview-page")) old.remove();
    failed.textContent = (box.dataset.form && error.message) || failed.dataset.said;
    failed.hidden = false;
  });
}

for (const box of document.querySelectorAll("[data-pdf]")) show(box);

for (const button of document.querySelectorAll("[data-show]")) {
  button.addEventListener("click", (event) => {
    event.preventDefault();
    show(document.getElementById(button.dataset.show));
  });
}
