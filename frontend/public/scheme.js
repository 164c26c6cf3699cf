// Sets the colour scheme before the first paint. A file of its own because the policy allows no inline script.
(() => {
  try {
    const stored = localStorage.getItem("mantine-color-scheme-value") ?? "auto";
    const dark = stored === "dark" || (stored === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
    document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
  } catch {
    // Storage may be refused; the application decides later.
  }
})();
