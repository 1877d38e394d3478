/** Starts the page: what is on top, the list at the side, and whatever the address says beside it. */

import { Refused } from "./api.js";
import { button, fill, h, icon } from "./dom.js";
import { ComparePage } from "./pages/compare.js";
import { RunPage } from "./pages/run.js";
import { go, onChange } from "./router.js";
import { Runs } from "./runs.js";
import { keys, note } from "./widgets/dialog.js";
import { RunList } from "./widgets/run_list.js";

const runs = new Runs();
const list = new RunList(runs, (run) => `/runs/${run}`);
const main = /** @type {HTMLElement} */ (document.getElementById("main"));
const content = h("div", { class: "content" });
/** @type {RunPage | ComparePage | null} */
let page = null;
let shown = "";

/** Show what the address says. */
function route() {
  const { pathname, search } = location;
  const named = /^\/runs\/([0-9a-f]{32})$/.exec(pathname)?.[1] ?? "";
  const comparing = pathname === "/compare";
  // without a run in the address, the newest one is shown, and the next one as soon as it begins
  const run = named || (comparing ? "" : (runs.list()[0]?.id ?? ""));
  document.body.dataset.page = comparing ? "compare" : named ? "run" : "runs";
  // an address without runs has an empty search, which is not what nothing shown is
  if (comparing && !(page instanceof ComparePage && search === shown)) {
    const chosen = [...new Set((new URLSearchParams(search).get("runs") ?? "").split(","))].filter((id) =>
      /^[0-9a-f]{32}$/.test(id),
    );
    list.choice.choose(chosen);
    replace(new ComparePage(runs, chosen), search);
  } else if (run && run !== shown) {
    replace(new RunPage(runs, run, page instanceof RunPage ? page.tab : 0), run);
  } else if (!run && !comparing) {
    replace(null, "");
    runs.watch("");
    fill(content, runs.loaded ? welcome() : null);
  }
  list.mark(comparing ? "" : run);
}

/**
 * @param {RunPage | ComparePage | null} other
 * @param {string} name
 */
function replace(other, name) {
  page?.close();
  page = other;
  shown = name;
  fill(content, other?.element);
  content.scrollTop = 0;
  if (!other) document.title = `${runs.config?.title ?? "Runs"} – Guild View`;
}

/** What an empty store shows. */
function welcome() {
  return h(
    "div",
    { class: "empty welcome" },
    h("h1", null, "No runs yet"),
    h(
      "p",
      null,
      runs.config?.project
        ? "Train a model of this project; its run shows up here as soon as it begins:"
        : "Change into a project and train one of its models:",
    ),
    h("pre", null, "guild train"),
    runs.config?.project
      ? h("p", { class: "note" }, "Only runs of this project are shown; guild view --all shows those of all projects.")
      : null,
  );
}

const link = h("span", { class: "link", role: "status" });
const themeButton = button("Light or dark", toggleTheme, { icon: "moon", quiet: true });
const about = h("span", { class: "top-about" });
fill(
  /** @type {HTMLElement} */ (document.getElementById("top")),
  h(
    "a",
    { class: "brand", href: "/" },
    h("img", { src: "/static/icons/guild.svg", alt: "", width: "24", height: "24" }),
    "Guild View",
  ),
  about,
  h("span", { class: "space" }),
  link,
  button("Keys", keys, { icon: "keys", quiet: true }),
  themeButton,
);

/** Say on top what is shown and whether it is up to date. The buttons there stay, and with them who has the focus. */
function drawTop() {
  const { config } = runs;
  const faults = config?.faults.length
    ? h("span", { class: "badge error", title: config.faults.join("\n") }, "project file has faults")
    : null;
  fill(
    about,
    h("span", { class: "project", title: config?.project ?? config?.home ?? null }, config?.title ?? ""),
    config?.description ? h("span", { class: "about" }, config.description) : null,
    faults,
  );
  link.className = `link ${runs.connected ? "on" : "off"}`;
  const words = runs.connected ? "live" : runs.loaded ? "connection lost – trying again" : "connecting";
  // said aloud only when it is another word
  if (link.textContent !== words) link.textContent = words;
  fill(themeButton, icon(dark() ? "sun" : "moon"));
}

function dark() {
  const { theme } = document.documentElement.dataset;
  return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function toggleTheme() {
  const theme = dark() ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem("guild.theme", theme);
  } catch {
    // then it holds for this page
  }
  drawTop();
  page?.redraw();
}

addEventListener("keydown", (event) => {
  const target = event.target instanceof HTMLElement ? event.target : document.body;
  const writing =
    target.matches("input:not([type=checkbox]):not([type=range]), select, textarea") ||
    target.closest("dialog") !== null;
  if (event.key === "Escape" && writing) target.blur();
  if (writing || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") list.search.field.focus();
  else if (event.key === "?") keys();
  else if (/^[1-5]$/.test(event.key) && page instanceof RunPage) page.show(Number(event.key) - 1);
  else if (["j", "k", "x", "c"].includes(event.key)) list.key(event);
  else return;
  event.preventDefault();
});
addEventListener("unhandledrejection", (event) => {
  if (!(event.reason instanceof Refused)) return;
  event.preventDefault();
  // that there is no connection is said on top already
  if (event.reason.status) note(event.reason.message, { trouble: true });
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  drawTop();
  page?.redraw();
});

fill(main, list.element, content);
onChange(route);
runs.listeners.add(() => {
  drawTop();
  route();
});
drawTop();
if (location.pathname === "/train") go("/", { replace: true });
route();
if (!runs.watched) runs.watch("");
