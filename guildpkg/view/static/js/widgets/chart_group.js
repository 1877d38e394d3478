/** Several charts of one or more runs: loaded when they come into sight, refreshed when there is more. */

import { get } from "../api.js";
import { fill, h } from "../dom.js";
import { Chart } from "./chart.js";
import { shortened } from "./chart_data.js";

/** @typedef {import("../types.js").ChartRow} ChartRow */
/** @typedef {import("../types.js").Line} Line */
/** @typedef {{id: string, name: string, origin: number | null, stopped: number | null}} Shown run, its name in legends
 *   (empty for a single run), zero of its relative axis, its end */

const POINTS = 1000;
const MOST_LINES = 60;

export class ChartGroup {
  /**
   * @param {string} title
   * @param {import("./chart.js").View} view
   */
  constructor(title, view) {
    this.view = view;
    /** @type {Map<string, {chart: Chart, row: ChartRow, keys: Map<string, string[]>, seen: boolean, wish: AbortController | null, zoom: {min: number, max: number} | null}>} */
    this.charts = new Map();
    /** @type {Shown[]} */
    this.runs = [];
    this.heading = h("h2", { hidden: !title }, title);
    this.grid = h("div", { class: "charts" });
    this.element = h("section", { class: "chart-group", hidden: true }, this.heading, this.grid);
    this.sight = new IntersectionObserver((seen) => this.appear(seen), { rootMargin: "300px" });
  }

  /**
   * Show the charts of some runs; those that are there already stay, with their zoom.
   *
   * @param {Shown[]} runs
   * @param {ChartRow[][]} rows of each run
   */
  update(runs, rows) {
    this.runs = runs;
    /** @type {Map<string, {row: ChartRow, keys: Map<string, string[]>}>} */
    const wanted = new Map();
    rows.forEach((charts, at) => {
      for (const row of charts) {
        const known = wanted.get(row.name) ?? { row, keys: new Map() };
        known.keys.set(runs[at].id, row.keys);
        wanted.set(row.name, known);
      }
    });
    for (const [name, held] of this.charts) {
      if (
        !wanted.has(name) ||
        JSON.stringify({ ...held.row, keys: 0 }) !== JSON.stringify({ ...wanted.get(name)?.row, keys: 0 })
      )
        this.drop(name);
    }
    for (const [name, { row, keys }] of wanted) this.take(name, row, keys);
    const elements = [...wanted.keys()].map(
      (name) => /** @type {HTMLElement} */ (this.charts.get(name)?.chart.element),
    );
    if (elements.some((element, at) => this.grid.children[at] !== element)) fill(this.grid, elements);
    this.element.hidden = wanted.size === 0;
  }

  /**
   * @param {string} name
   * @param {ChartRow} row
   * @param {Map<string, string[]>} keys
   */
  take(name, row, keys) {
    const held = this.charts.get(name);
    if (held) {
      held.row = row;
      held.keys = keys;
      if (held.seen) void this.load(name);
      return;
    }
    const chart = new Chart({ ...row, title: row.title || row.name }, this.view, (zoom) => {
      const here = this.charts.get(name);
      if (here) here.zoom = zoom;
      void this.load(name);
    });
    chart.element.dataset.chart = name;
    this.charts.set(name, { chart, row, keys, seen: false, wish: null, zoom: null });
    this.sight.observe(chart.element);
  }

  /** @param {string} name */
  drop(name) {
    const held = this.charts.get(name);
    if (!held) return;
    held.wish?.abort();
    this.sight.unobserve(held.chart.element);
    held.chart.close();
    this.charts.delete(name);
  }

  /** @param {IntersectionObserverEntry[]} seen */
  appear(seen) {
    for (const { target, isIntersecting } of seen) {
      const name = /** @type {HTMLElement} */ (target).dataset.chart ?? "";
      const held = this.charts.get(name);
      if (!held || held.seen === isIntersecting) continue;
      held.seen = isIntersecting;
      if (isIntersecting) void this.load(name);
    }
  }

  /**
   * Load the points of a chart.
   *
   * @param {string} name
   */
  async load(name) {
    const held = this.charts.get(name);
    if (!held) return;
    held.wish?.abort();
    const wish = new AbortController();
    held.wish = wish;
    try {
      const found = await Promise.all(
        this.runs.map((run) => this.linesOf(run, held.keys.get(run.id) ?? [], held.zoom, wish.signal)),
      );
      if (wish.signal.aborted) return;
      const lines = found.flat();
      held.chart.update(lines, this.names(lines));
    } catch (error) {
      if (!wish.signal.aborted) held.chart.fail(error instanceof Error ? error.message : String(error));
    }
  }

  /**
   * @param {Shown} run
   * @param {string[]} keys
   * @param {{min: number, max: number} | null} zoom
   * @param {AbortSignal} signal
   * @returns {Promise<Line[]>}
   */
  async linesOf(run, keys, zoom, signal) {
    if (!keys.length) return [];
    const asked = new URLSearchParams({ points: String(POINTS) });
    for (const key of keys.slice(0, MOST_LINES)) asked.append("key", key);
    if (zoom) this.ask(asked, zoom, run);
    const { lines } = await /** @type {Promise<{lines: Line[]}>} */ (get(`runs/${run.id}/series?${asked}`, signal));
    return lines.map((line) => ({
      ...line,
      run: run.id,
      runName: run.name,
      stopped: run.stopped,
      ...(run.origin === null ? {} : { origin: run.origin }),
    }));
  }

  /**
   * @param {URLSearchParams} asked
   * @param {{min: number, max: number}} zoom
   * @param {Shown} run
   */
  ask(asked, zoom, run) {
    const { axis } = this.view;
    if (axis === "step") {
      asked.set("start", String(Math.floor(zoom.min)));
      asked.set("end", String(Math.ceil(zoom.max)));
      return;
    }
    if (axis === "relative" && run.origin === null) return;
    const origin = axis === "relative" ? (run.origin ?? 0) : 0;
    asked.set("axis", "time");
    // BigInt: nanoseconds since the epoch are beyond what a number holds exactly
    const nanoseconds = (/** @type {number} */ seconds) =>
      String(BigInt(Math.round(origin + seconds * 1000)) * 1000000n);
    asked.set("start", nanoseconds(zoom.min));
    asked.set("end", nanoseconds(zoom.max));
  }

  /** @param {Line[]} lines */
  names(lines) {
    const short = shortened(lines.map((line) => line.key));
    const several = new Set(lines.map((line) => line.key)).size > 1;
    return lines.map((line, at) => {
      if (!line.runName) return short[at];
      return several ? `${line.runName} ${short[at]}` : line.runName;
    });
  }

  /** @param {import("./chart.js").View} view */
  setView(view) {
    const other = view.axis !== this.view.axis;
    this.view = view;
    for (const [name, held] of this.charts) {
      const zoomed = held.zoom !== null;
      if (other) held.zoom = null;
      held.chart.setView(view);
      if (other && zoomed) void this.load(name);
    }
  }

  /** Draw again, with other colours. */
  redraw() {
    for (const { chart } of this.charts.values()) chart.redraw();
  }

  close() {
    this.sight.disconnect();
    for (const name of [...this.charts.keys()]) this.drop(name);
  }
}
