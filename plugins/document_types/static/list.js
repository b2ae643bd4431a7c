// Stukkenlijst: the number in the heading follows what is ticked.

addEventListener("change", (event) => {
  const form = event.target.closest("#asked");
  if (!form) return;
  form.querySelector("[data-count]").textContent = form.querySelectorAll("input:checked:not(:disabled)").length;
});
