/** Addresses: links within the page load nothing, and Back works. */

/** @type {() => void} */
let changed = () => {};

/**
 * Go to another address of the page.
 *
 * @param {string} path
 * @param {{replace?: boolean}} [how] replace: Back does not come here
 */
export function go(path, how = {}) {
  if (path === location.pathname + location.search) return;
  if (how.replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  changed();
}

/**
 * Call a function at every change of the address.
 *
 * @param {() => void} handle
 */
export function onChange(handle) {
  changed = handle;
  addEventListener("popstate", handle);
  addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
      return;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || link.origin !== location.origin || link.target || link.hasAttribute("download")) return;
    if (link.pathname.startsWith("/api/") || link.hash) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}
