// Counts down to the moment until which something can be undone; see templates/_undo.html.

for (const clock of document.querySelectorAll("[data-countdown]")) {
  const end = performance.now() + Number(clock.dataset.countdown) * 1000;
  const box = clock.closest("[data-undo]");
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    if (left) {
      clock.textContent = clock.dataset.text.replace("{}", left);
      return setTimeout(tick, 250);
    }
    clock.textContent = "";
    box.querySelector("form")?.remove();
    box.querySelector("[data-before]")?.remove();
    box.querySelector("[data-after]").hidden = false;
  };
  tick();
}
