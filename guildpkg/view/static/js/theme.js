// Runs before anything is drawn, so that a page never flashes in the other colours.
(() => {
  try {
    const chosen = localStorage.getItem("guild.theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch {
    // a browser that stores nothing shows what the system prefers
  }
})();
