// Nieuw event and Bewerk: title, end, Teams link and free slots follow what one chooses. Without this the server does the same.

const forms = new WeakMap(); // what each form knows: categories, and which values were made by us
const pad = (number) => String(number).padStart(2, "0");

function know(form) {
  if (!forms.has(form)) {
    const end = form.elements.ends.value;
    forms.set(form, {
      categories: JSON.parse(form.dataset.categories),
      end: end && end === endOf(form) ? end : "",
      link: ownLink(form),
    });
    showPlace(form);
  }
  return forms.get(form);
}

function makeTitle(form) {
  const { categories } = know(form);
  const fields = form.elements;
  const video = fields.place.value === "video";
  const place = video ? "Teams" : fields.branch.selectedOptions[0]?.text ?? "";
  const title = [place, categories[fields.category.value]?.word, form.dataset.topic].filter(Boolean).join(" ");
  const own = fields.title.value.trim();
  if (!own || own === fields.generated.value.trim()) fields.title.value = title;
  fields.generated.value = title;
}

function endOf(form) {
  const categories = JSON.parse(form.dataset.categories);
  const { starts, category } = form.elements;
  const [hours, minutes] = starts.value.split(":").map(Number);
  const end = hours * 60 + minutes + (categories[category.value]?.minutes ?? 0);
  return Number.isNaN(end) || end >= 24 * 60 ? "" : `${pad(Math.floor(end / 60))}:${pad(end % 60)}`;
}

function makeEnd(form) {
  const known = know(form);
  const { ends } = form.elements;
  if (ends.value && ends.value !== known.end) return; // chosen by hand
  known.end = endOf(form);
  ends.value = known.end;
}

const ownLink = (form) => form.elements.assigned_to.selectedOptions[0]?.dataset.teams ?? "";

function makeLink(form) {
  const known = know(form);
  const { teams_url: link } = form.elements;
  if (known.link && link.value.trim() === known.link) link.value = ownLink(form); // another adviser, another room
  known.link = ownLink(form);
}

function showPlace(form) {
  const video = form.elements.place.value === "video";
  form.querySelector("[data-video]").hidden = !video;
  form.elements.teams_url.placeholder = ownLink(form) || "https://teams.microsoft.com/…";
}

async function showFree(form) {
  const area = form.querySelector("[data-free]");
  const address = new URL(form.dataset.freeUrl, location.href);
  for (const name of ["assigned_to", "category", "day", "starts", "ends"]) {
    if (form.elements[name].value) address.searchParams.set(name, form.elements[name].value);
  }
  if (!form.elements.assigned_to.value) return area.replaceChildren();
  const asked = String(address);
  area.dataset.asked = asked;
  const answer = await fetch(asked, { headers: { "HX-Request": "true" } });
  document.dispatchEvent(new CustomEvent("crm:answer", { detail: answer }));
  if (answer.ok && area.dataset.asked === asked) area.innerHTML = await answer.text();
}

addEventListener("change", (event) => {
  const form = event.target.closest("form[data-event]");
  if (!form) return;
  const { name } = event.target;
  know(form);
  if (["category", "place", "branch"].includes(name)) makeTitle(form);
  if (["category", "starts"].includes(name)) makeEnd(form);
  if (name === "assigned_to") makeLink(form);
  if (["place", "assigned_to"].includes(name)) showPlace(form);
  if (["assigned_to", "category", "day", "starts", "ends"].includes(name)) showFree(form);
});

// A free slot fills the form.
addEventListener("click", (event) => {
  const slot = event.target.closest("a[data-starts]");
  const form = slot?.closest("form[data-event]");
  if (!form) return;
  event.preventDefault();
  know(form);
  form.elements.day.value = slot.dataset.day;
  form.elements.starts.value = slot.dataset.starts;
  form.elements.ends.value = "";
  makeEnd(form);
  form.elements.starts.focus();
  showFree(form);
});

// Forms that are here already, and those that come with a part of a page.
const wake = (root) => root.querySelectorAll("form[data-event]").forEach(know);
wake(document);
addEventListener("htmx:load", (event) => wake(event.target));
