// The form of a dossier: only the onderwerpen that fit the chosen type, and the free text only with Anders.
for (const form of document.querySelectorAll("form[data-dossier-form]")) {
  const { dossier_type: type, profile, profile_other: other } = form.elements;
  const options = [...profile.options];
  const fit = () => {
    const chosen = profile.value;
    const fitting = options.filter((option) => !option.value || !type.value || option.dataset.types.split(" ").includes(type.value));
    profile.replaceChildren(...fitting);
    profile.value = fitting.some((option) => option.value === chosen) ? chosen : "";
    other.closest(".mb-3").hidden = profile.value !== "other";
  };
  form.addEventListener("change", fit);
  fit();
}
