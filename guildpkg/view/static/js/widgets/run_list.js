/** The runs at the side: search, filter expressions, sort, choosing several, all of it by keyboard too. */

import { button, fill, h } from "../dom.js";
import { go } from "../router.js";
import { RunChoice } from "./run_choice.js";
import { ordered, ORDERS } from "./run_order.js";
import { runRow, times } from "./run_row.js";
import { RunSearch } from "./run_search.js";
import { VirtualList } from "./virtual.js";

/** @typedef {import("../types.js").RunRow} RunRow */

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
    this.choice = new RunChoice(() => this.draw());
    this.current = "";
    this.cursor = 0;
    this.search = new RunSearch(() => this.refresh());
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
    this.list = new VirtualList({
      height: 56,
      label: "Runs",
      key: (index) => this.shown[index].id,
      mark: (index) => JSON.stringify([this.shown[index], this.look(index), times(this.shown[index], Date.now())]),
      render: (index) => this.row(index),
    });
    this.list.element.addEventListener("keydown", (event) => this.key(event));
    this.empty = h("div", { class: "empty", hidden: true });
    this.element = h(
      "nav",
      { class: "side", "aria-label": "Runs" },
      this.search.element,
      h("div", { class: "sidebar" }, this.count, this.order, this.trashed),
      this.search.trouble,
      this.list.element,
      this.empty,
      this.choice.element,
    );
    this.redraw = () => {
      this.refresh();
      if (this.search.isAsked) this.search.wish();
    };
    runs.listeners.add(this.redraw);
    this.refresh();
    this.clock = window.setInterval(() => this.draw(), 10_000);
  }

  close() {
    this.runs.listeners.delete(this.redraw);
    clearInterval(this.clock);
  }

  async toggleTrash() {
    this.search.deleted = !this.search.deleted;
    this.trashed.setAttribute("aria-pressed", String(this.search.deleted));
    await this.search.look();
  }

  refresh() {
    const all = this.search.deleted ? this.search.trash : this.runs.list();
    const found = this.search.among(all);
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
    this.draw();
  }

  /** @param {number} all */
  sayWhy(all) {
    if (all)
      fill(
        this.empty,
        h("p", null, "No run is like that."),
        button("Show all", () => void this.search.reset()),
      );
    else if (this.search.deleted) fill(this.empty, h("p", null, "The trash is empty."));
    else
      fill(
        this.empty,
        h("p", null, "No runs yet."),
        h("p", null, h("code", null, "guild train"), " makes one; it shows up here at once."),
      );
  }

  /** @param {number} index */
  row(index) {
    const run = this.shown[index];
    return runRow(run, this.look(index), {
      toggle: () => this.choice.toggle(run.id),
      open: () => this.open(this.shown.indexOf(this.runs.rows.get(run.id) ?? run)),
      address: this.address(run.id),
    });
  }

  /** @param {number} index */
  look(index) {
    const { id } = this.shown[index];
    return { chosen: this.choice.has(id), current: id === this.current, cursor: index === this.cursor };
  }

  /** @param {number} index */
  open(index) {
    const run = this.shown[index];
    if (!run) return;
    this.cursor = index;
    go(this.address(run.id));
  }

  draw() {
    const run = this.shown[this.cursor];
    if (run) this.list.element.setAttribute("aria-activedescendant", `run-${run.id}`);
    else this.list.element.removeAttribute("aria-activedescendant");
    this.list.update(this.shown.length);
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
    else if (event.key === "x" || event.key === " ") this.choice.toggle(this.shown[this.cursor]?.id ?? "");
    else if (event.key === "c") this.choice.compare();
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
    this.draw();
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
    this.draw();
  }
}
