// Before the first paint: light or dark, as the user chose or as the device is set, also when that changes.
(() => {
  const page = document.documentElement;
  const device = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => {
    const dark = page.dataset.theme === "dark" || (page.dataset.theme !== "light" && device.matches);
    page.dataset.bsTheme = dark ? "dark" : "light";
  };
  paint();
  device.addEventListener("change", paint);
})();
