/** All charts of one run: those of its project, those of its other scalars, those of its statistics. */

import { fill, h } from "../dom.js";
import { chartBar, readView } from "./chart_bar.js";
import { ChartGroup } from "./chart_group.js";

/** @typedef {import("../types.js").Charts} Charts */
/** @typedef {import("../types.js").Run} Run */

export class RunCharts {
  constructor() {
    const view = readView();
    this.charts = new ChartGroup("", view);
    this.more = new ChartGroup("Other scalars", view);
    this.statistics = new ChartGroup("", view);
    this.groups = [this.charts, this.more, this.statistics];
    const set = (/** @type {import("./chart.js").View} */ now) => this.groups.forEach((group) => group.setView(now));
    this.scalarBar = chartBar(view, set);
    this.statisticBar = chartBar(view, set);
    this.scalarBar.hidden = true;
    this.statisticBar.hidden = true;
    this.noScalars = h("div", { class: "empty skeleton" }, h("p", null, "Reading the scalars of the run …"));
    this.noStatistics = h("div", { class: "empty skeleton" }, h("p", null, "Reading the statistics of the run …"));
    this.overview = [this.scalarBar, this.noScalars, this.charts.element, this.more.element];
    this.sampled = [this.statisticBar, this.noStatistics, this.statistics.element];
  }

  /**
   * Show the scalars of a run.
   *
   * @param {Run} run
   * @param {Charts} found
   */
  showScalars(run, found) {
    this.charts.update([about(run)], [found.charts]);
    this.more.update([about(run)], [found.more]);
    this.more.heading.hidden = !found.charts.length;
    const none = !found.charts.length && !found.more.length;
    this.scalarBar.hidden = none;
    say(this.noScalars, none, [
      run.status === "running" ? "No scalars yet." : "This run has written no scalars.",
      `What a script writes with a TensorFlow summary writer shows up here as charts${run.status === "running" ? ", while it runs." : "."}`,
    ]);
  }

  /**
   * Show what was sampled while a run ran.
   *
   * @param {Run} run
   * @param {Charts} found
   */
  showStatistics(run, found) {
    this.statistics.update([about(run)], [found.statistics]);
    const none = !found.statistics.length;
    this.statisticBar.hidden = none;
    say(this.noStatistics, none, [
      run.status === "running" ? "No statistics yet." : "No statistics were sampled in this run.",
    ]);
  }

  redraw() {
    for (const group of this.groups) group.redraw();
  }

  close() {
    for (const group of this.groups) group.close();
  }
}

/**
 * Say why there is nothing.
 *
 * @param {HTMLElement} into
 * @param {boolean} none
 * @param {string[]} words
 */
function say(into, none, words) {
  into.hidden = !none;
  into.classList.remove("skeleton");
  fill(
    into,
    words.map((text) => h("p", null, text)),
  );
}

/**
 * @param {Run} run
 * @returns {import("./chart_group.js").Shown}
 */
function about(run) {
  const time = (/** @type {string | null} */ text) => (text ? Date.parse(text) : null);
  return { id: run.id, name: "", origin: time(run.started), stopped: time(run.stopped) };
}
