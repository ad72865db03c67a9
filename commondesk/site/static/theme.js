/* Theme: the system's choice until somebody chooses. Runs before the first paint. */
(() => {
  "use strict";
  let chosen = new URLSearchParams(location.search).get("theme");
  try { chosen = localStorage.getItem("theme") || chosen; } catch { /* storage may be shut */ }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
