/** Several runs: a table, their charts on top of each other, and in what two of them differ. */

import { get } from "../api.js";
import { fill, h, inTurn, later } from "../dom.js";
import { go } from "../router.js";
import { chartBar, readView } from "../widgets/chart_bar.js";
import { ChartGroup } from "../widgets/chart_group.js";
import { cut, printable } from "../widgets/screen.js";
import { CompareTable } from "../widgets/compare_table.js";

/** @typedef {import("../types.js").Comparison} Comparison */
/** @typedef {import("../types.js").Charts} Charts */

export class ComparePage {
  /**
   * @param {import("../runs.js").Runs} runs
   * @param {string[]} chosen ids
   */
  constructor(runs, chosen) {
    this.runs = runs;
    this.chosen = chosen;
    this.view = readView();
    this.closed = false;
    this.table = new CompareTable((run) => go(`/compare?runs=${chosen.filter((other) => other !== run).join(",")}`));
    this.charts = new ChartGroup("", this.view);
    this.more = new ChartGroup("Other scalars", this.view);
    this.differences = h("section", { class: "differences" });
    this.said = h("div", { class: "empty", hidden: true });
    this.bar = chartBar(this.view, (view) => {
      this.charts.setView(view);
      this.more.setView(view);
    });
    this.bar.hidden = true;
    this.element = h(
      "article",
      { class: "compare-page" },
      h(
        "header",
        { class: "run-head" },
        h("a", { class: "back", href: "/" }, "← Runs"),
        h(
          "div",
          { class: "run-title" },
          h("h1", null, "Compare"),
          h("span", { class: "note" }, `${chosen.length} runs`),
        ),
      ),
      this.said,
      this.table.element,
      this.differences,
      this.bar,
      this.charts.element,
      this.more.element,
    );
    this.load = inTurn(() => this.loadNow());
    this.refresh = later(500, () => void this.load());
    /** @type {string} */
    this.before = "";
    this.tell = () => {
      const now = JSON.stringify(this.chosen.map((run) => runs.rows.get(run)));
      // what could not be loaded is asked for again as soon as the server is back
      if (now !== this.before || (!this.said.hidden && runs.connected)) this.refresh();
      this.before = now;
    };
    runs.listeners.add(this.tell);
    runs.watch("");
    document.title = "Compare – Guild View";
    void this.load();
    this.clock = window.setInterval(() => this.live() && void this.load(), 5000);
  }

  /** Tell whether one of the runs is still running. */
  live() {
    return this.chosen.some((run) => this.runs.rows.get(run)?.status === "running");
  }

  async loadNow() {
    if (this.chosen.length < 1) {
      this.table.element.hidden = true;
      this.said.hidden = false;
      fill(this.said, h("p", null, "Choose runs in the list, with their boxes or with the key x, and press Compare."));
      return;
    }
    try {
      const data = await /** @type {Promise<Comparison>} */ (get(`compare?runs=${this.chosen.join(",")}`));
      if (this.closed) return;
      this.said.hidden = true;
      this.table.update(data);
      await Promise.all([this.loadCharts(data), this.loadDifferences()]);
    } catch (error) {
      if (this.closed) return;
      this.said.hidden = false;
      fill(this.said, h("p", null, error instanceof Error ? error.message : String(error)));
    }
  }

  /** @param {Comparison} data */
  async loadCharts(data) {
    const found = await Promise.all(
      this.chosen.map((run) => /** @type {Promise<Charts>} */ (get(`runs/${run}/charts`))),
    );
    if (this.closed) return;
    const rows = new Map(data.rows.map(({ run }) => [run.id, run]));
    const names = this.names(data);
    const shown = this.chosen.map((id) => {
      const { started, stopped } = /** @type {import("../types.js").RunRow} */ (rows.get(id));
      const time = (/** @type {string | null} */ text) => (text ? Date.parse(text) : null);
      return { id, name: names.get(id) ?? "", origin: time(started), stopped: time(stopped) };
    });
    this.charts.update(
      shown,
      found.map((charts) => charts.charts),
    );
    this.more.update(
      shown,
      found.map((charts) => charts.more),
    );
    this.bar.hidden = this.charts.element.hidden && this.more.element.hidden;
  }

  /**
   * Name runs by their labels where those tell them apart, else by their ids.
   *
   * @param {Comparison} data
   */
  names(data) {
    const labels = data.rows.map(({ run }) => run.label);
    return new Map(
      data.rows.map(({ run }) => [
        run.id,
        run.label && labels.filter((label) => label === run.label).length === 1 ? run.label : run.id.slice(0, 8),
      ]),
    );
  }

  async loadDifferences() {
    this.differences.hidden = this.chosen.length !== 2;
    if (this.chosen.length !== 2) return;
    const { groups } = await /** @type {Promise<import("../types.js").Differences>} */ (
      get(`diff?runs=${this.chosen.join(",")}`)
    );
    if (this.closed) return;
    const [one, other] = this.chosen.map((run) => run.slice(0, 8));
    const tables = groups.flatMap((group) => [
      h(
        "table",
        { class: "sheet diff" },
        h("caption", null, group.title),
        h(
          "thead",
          null,
          h(
            "tr",
            null,
            h("th", { scope: "col" }, ""),
            h("th", { scope: "col" }, one),
            h("th", { scope: "col" }, other),
          ),
        ),
        h(
          "tbody",
          null,
          group.rows.map((row) => h("tr", null, h("th", { scope: "row" }, row.name), side(row.one), side(row.other))),
        ),
      ),
      group.text ? patch(group.text) : null,
    ]);
    fill(
      this.differences,
      h("h2", null, "Differences"),
      tables.length ? tables : h("p", { class: "placeholder" }, "None in flags, attributes and source code."),
    );
  }

  close() {
    this.closed = true;
    clearInterval(this.clock);
    this.runs.listeners.delete(this.tell);
    this.charts.close();
    this.more.close();
  }

  redraw() {
    this.charts.redraw();
    this.more.redraw();
  }
}

/**
 * Show a unified diff.
 *
 * @param {string} text
 */
function patch(text) {
  const kinds = { "+": "added", "-": "removed", "@": "place" };
  const lines = text
    .split("\n")
    .map((line) =>
      h("span", { class: kinds[/** @type {"+" | "-" | "@"} */ (line[0])] ?? null }, `${cut(printable(line)).shown}\n`),
    );
  return h("pre", { class: "patch", tabindex: "0" }, lines);
}

/** @param {string | null} value */
function side(value) {
  return h("td", null, value === null ? h("i", { class: "note" }, "none") : value);
}
