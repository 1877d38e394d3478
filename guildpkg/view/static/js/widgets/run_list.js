/** The runs at the side: search, filter expressions, sort, choosing several, all of it by keyboard too. */

import { get, Refused } from "../api.js";
import { button, fill, h, icon, later } from "../dom.js";
import { ago, duration, moment, taken } from "../format.js";
import { go } from "../router.js";
import { status } from "./status.js";
import { VirtualList } from "./virtual.js";

/** @typedef {import("../types.js").RunRow} RunRow */

const ORDERS = {
  newest: "Newest first",
  oldest: "Oldest first",
  longest: "Longest first",
  operation: "By operation",
  status: "By status",
  label: "By label",
};
const EXPRESSION = /[=<>]|\b(and|or|not|in|is|contains)\b/;

export class RunList {
  /**
   * @param {import("../runs.js").Runs} runs
   * @param {(run: string) => string} address where a click on a run leads
   */
  constructor(runs, address) {
    this.runs = runs;
    this.address = address;
    /** @type {RunRow[]} */
    this.shown = [];
    /** @type {Set<string>} */
    this.chosen = new Set();
    this.current = "";
    this.cursor = 0;
    this.deleted = false;
    /** @type {Set<string> | null} */
    this.taken = null;
    /** @type {RunRow[]} */
    this.trash = [];
    this.search = /** @type {HTMLInputElement} */ (
      h("input", {
        type: "search",
        id: "search",
        placeholder: "Search, or filter: status = error",
        "aria-label": "Search runs by words, or filter them by an expression",
        autocomplete: "off",
        spellcheck: "false",
      })
    );
    const wish = later(200, () => void this.filter());
    this.search.addEventListener("input", wish);
    this.order = /** @type {HTMLSelectElement} */ (
      h(
        "select",
        { "aria-label": "Order of the runs", onChange: () => this.refresh() },
        Object.entries(ORDERS).map(([key, label]) => h("option", { value: key }, label)),
      )
    );
    this.trashed = button("Trash", () => void this.toggleTrash(), { icon: "trash", quiet: true, pressed: false });
    this.trashed.title = "Show deleted runs";
    this.count = h("span", { class: "count", "aria-live": "polite" });
    this.trouble = h("p", { class: "trouble", role: "alert", hidden: true });
    this.compare = button("Compare", () => go(`/compare?runs=${[...this.chosen].join(",")}`));
    this.clear = button("Clear", () => this.choose([]), { quiet: true });
    this.choice = h("div", { class: "choice", hidden: true }, this.compare, this.clear);
    this.list = new VirtualList({ height: 56, label: "Runs", render: (index) => this.row(index) });
    this.list.element.addEventListener("keydown", (event) => this.key(event));
    this.empty = h("div", { class: "empty", hidden: true });
    this.element = h(
      "nav",
      { class: "side", "aria-label": "Runs" },
      h("div", { class: "searchbox" }, icon("search"), this.search),
      h("div", { class: "sidebar" }, this.count, this.order, this.trashed),
      this.trouble,
      this.list.element,
      this.empty,
      this.choice,
    );
    this.redraw = () => this.refresh();
    runs.listeners.add(this.redraw);
    this.refresh();
    this.clock = window.setInterval(() => this.list.update(this.shown.length), 10_000);
  }

  close() {
    this.runs.listeners.delete(this.redraw);
    clearInterval(this.clock);
  }

  /** Ask the server what an expression takes; words are looked for here. */
  async filter() {
    const words = this.search.value.trim();
    this.trouble.hidden = true;
    this.taken = null;
    if (words && EXPRESSION.test(words)) {
      try {
        const more = this.deleted ? "&deleted=yes" : "";
        const found = await /** @type {Promise<{runs: RunRow[]}>} */ (
          get(`runs?filter=${encodeURIComponent(words)}${more}`)
        );
        if (words !== this.search.value.trim()) return;
        this.taken = new Set(found.runs.map((row) => row.id));
      } catch (error) {
        if (!(error instanceof Refused) || words !== this.search.value.trim()) return;
        this.trouble.hidden = false;
        this.trouble.textContent = error.hint ? `${error.message} (${error.hint})` : error.message;
      }
    }
    this.refresh();
  }

  async toggleTrash() {
    this.deleted = !this.deleted;
    this.trashed.setAttribute("aria-pressed", String(this.deleted));
    if (this.deleted) this.trash = (await /** @type {Promise<{runs: RunRow[]}>} */ (get("runs?deleted=yes"))).runs;
    await this.filter();
  }

  refresh() {
    const all = this.deleted ? this.trash : this.runs.list();
    const words =
      this.taken || !this.trouble.hidden ? [] : this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const { taken: kept } = this;
    let found = kept ? all.filter((row) => kept.has(row.id)) : all;
    if (words.length) found = found.filter((row) => words.every((word) => searched(row).includes(word)));
    this.shown = ordered(found, this.order.value);
    this.count.textContent =
      found.length === all.length
        ? `${all.length.toLocaleString()} runs`
        : `${found.length} of ${all.length.toLocaleString()}`;
    if (all.length === 1 && found.length === 1) this.count.textContent = "1 run";
    this.cursor = Math.max(
      0,
      this.shown.findIndex((row) => row.id === this.current),
    );
    this.list.element.hidden = !this.shown.length;
    this.empty.hidden = Boolean(this.shown.length) || !this.runs.loaded;
    if (!this.shown.length) this.sayWhy(all.length);
    this.list.update(this.shown.length);
    this.showChoice();
  }

  /** @param {number} all */
  sayWhy(all) {
    if (all)
      fill(
        this.empty,
        h("p", null, "No run is like that."),
        button("Show all", () => this.reset()),
      );
    else if (this.deleted) fill(this.empty, h("p", null, "The trash is empty."));
    else
      fill(
        this.empty,
        h("p", null, "No runs yet."),
        h("p", null, h("code", null, "guild train"), " makes one; it shows up here at once."),
      );
  }

  reset() {
    this.search.value = "";
    void this.filter();
  }

  /** @param {number} index */
  row(index) {
    const run = this.shown[index];
    const now = Date.now();
    const at = Date.parse(run.started ?? run.created);
    const seconds = taken(run, now);
    const chosen = this.chosen.has(run.id);
    const box = h("input", {
      type: "checkbox",
      tabindex: "-1",
      "aria-label": `Choose run ${run.id.slice(0, 8)} for a comparison`,
      checked: chosen,
      onClick: (/** @type {Event} */ event) => {
        event.stopPropagation();
        this.toggle(run.id);
      },
    });
    const row = h(
      "div",
      {
        class: `run-row${run.id === this.current ? " current" : ""}${index === this.cursor ? " cursor" : ""}`,
        role: "option",
        id: `run-${run.id}`,
        "aria-selected": String(run.id === this.current),
        onClick: () => this.open(index),
      },
      box,
      status(run, { short: true }),
      h(
        "div",
        { class: "run-words" },
        h(
          "div",
          { class: "run-name" },
          h("a", { href: this.address(run.id), tabindex: "-1" }, run.operation),
          run.label ? h("span", { class: "label" }, run.label) : null,
        ),
        h(
          "div",
          { class: "run-when" },
          h("span", { title: moment(at) }, ago(at, now)),
          seconds === null ? null : h("span", null, duration(seconds)),
          h("code", null, run.id.slice(0, 8)),
          run.tags.map((tag) => h("span", { class: "tag" }, tag)),
        ),
      ),
    );
    if (index === this.cursor) this.list.element.setAttribute("aria-activedescendant", row.id);
    return row;
  }

  /** @param {number} index */
  open(index) {
    const run = this.shown[index];
    if (!run) return;
    this.cursor = index;
    go(this.address(run.id));
  }

  /** @param {string} run */
  toggle(run) {
    if (this.chosen.has(run)) this.chosen.delete(run);
    else this.chosen.add(run);
    this.list.update(this.shown.length);
    this.showChoice();
  }

  /** @param {string[]} runs */
  choose(runs) {
    this.chosen = new Set(runs);
    this.list.update(this.shown.length);
    this.showChoice();
  }

  showChoice() {
    this.choice.hidden = this.chosen.size === 0;
    this.compare.textContent = this.chosen.size === 1 ? "Compare (choose another)" : `Compare ${this.chosen.size} runs`;
    this.compare.disabled = this.chosen.size < 2;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.list.element.clientHeight / 56) - 1);
    /** @type {Record<string, number>} */
    const moves = {
      ArrowDown: 1,
      j: 1,
      ArrowUp: -1,
      k: -1,
      PageDown: page,
      PageUp: -page,
      Home: -this.shown.length,
      End: this.shown.length,
    };
    if (event.key in moves) this.move(moves[event.key]);
    else if (event.key === "Enter") this.open(this.cursor);
    else if (event.key === "x" || event.key === " ") this.toggle(this.shown[this.cursor]?.id ?? "");
    else if (event.key === "c" && this.chosen.size > 1) this.compare.click();
    else return;
    event.preventDefault();
  }

  /**
   * Go so many runs down.
   *
   * @param {number} by
   */
  move(by) {
    if (!this.shown.length) return;
    this.open(Math.min(this.shown.length - 1, Math.max(0, this.cursor + by)));
    this.list.update(this.shown.length);
    this.list.reveal(this.cursor);
  }

  /**
   * Mark a run as the one that is shown.
   *
   * @param {string} run
   */
  mark(run) {
    this.current = run;
    const index = this.shown.findIndex((row) => row.id === run);
    if (index >= 0) {
      this.cursor = index;
      this.list.reveal(index);
    }
    this.list.update(this.shown.length);
  }
}

/** @param {RunRow} row */
function searched(row) {
  return `${row.id} ${row.operation} ${row.status} ${row.detail ?? ""} ${row.label} ${row.tags.join(" ")} ${row.package ?? ""}`.toLowerCase();
}

/**
 * @param {RunRow[]} rows newest first
 * @param {string} order
 */
function ordered(rows, order) {
  if (order === "newest") return rows;
  if (order === "oldest") return [...rows].reverse();
  if (order === "longest") {
    const now = Date.now();
    const key = new Map(rows.map((row) => [row.id, taken(row, now) ?? -1]));
    return [...rows].sort((a, b) => (key.get(b.id) ?? 0) - (key.get(a.id) ?? 0));
  }
  const name = /** @type {"operation" | "status" | "label"} */ (order);
  // what has no label comes last
  return [...rows].sort((a, b) => Number(!a[name]) - Number(!b[name]) || a[name].localeCompare(b[name]));
}
