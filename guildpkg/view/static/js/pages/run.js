/** One run: what became of it on top, then tabs. What is in sight is kept up to date. */

import { get, Refused } from "../api.js";
import { h, inTurn } from "../dom.js";
import { Files } from "../widgets/files.js";
import { Outputs } from "../widgets/outputs.js";
import { panels } from "../widgets/panels.js";
import { RunCharts } from "../widgets/run_charts.js";
import { details } from "../widgets/run_details.js";
import { RunHead } from "../widgets/run_head.js";
import { Tabs } from "../widgets/tabs.js";
import { Troubles } from "../widgets/troubles.js";

/** @typedef {import("../types.js").Run} Run */
/** @typedef {import("../types.js").Charts} Charts */
/** @typedef {import("../types.js").Panels} Panels */

/** Parts of a run whose change changes what stands on top and at the side. */
const ABOUT = ["status", "notes.json", "attrs.json", "inputs.json", "process.json", "exit.json"];
const RESULTS = ["scalars", "output", "project/Guild", "project/guild.yml"];
const PATIENCE = 1000;

export class RunPage {
  /**
   * @param {import("../runs.js").Runs} runs
   * @param {string} run its id
   * @param {number} tab the one to begin with
   */
  constructor(runs, run, tab) {
    this.runs = runs;
    this.id = run;
    /** @type {Run | null} */
    this.run = null;
    /** @type {Record<string, unknown>} */
    this.marks = {};
    this.closed = false;
    this.head = new RunHead((changed) => this.changed(changed));
    this.troubles = new Troubles();
    this.panels = h("div", { class: "panels", hidden: true });
    this.side = h("aside", { class: "details", "aria-label": "Details" });
    this.charts = new RunCharts();
    this.output = new Outputs(run);
    this.files = new Files(run, "files", "The run has left no files.");
    this.source = new Files(run, "source", "No source was kept for this run.");
    this.fresh = [
      inTurn(() => this.loadOverview()),
      inTurn(() => this.loadStatistics()),
      () => this.output.refresh(),
      inTurn(() => this.files.refresh()),
      inTurn(() => this.source.refresh()),
    ];
    this.tabs = this.makeTabs();
    const { head, troubles, tabs } = this;
    this.element = h("article", { class: "run-page" }, head.element, troubles.element, tabs.element, tabs.bodies);
    this.load = inTurn(() => this.loadNow());
    this.tabs.show(tab);
    this.tell = (/** @type {Record<string, unknown>} */ marks) => void this.marked(marks);
    runs.watchers.add(this.tell);
    runs.watch(run);
    // the first marks come at once; without them it is loaded all the same
    this.begin = setTimeout(() => void this.load(), PATIENCE);
    this.clock = setInterval(() => this.head.drawTimes(), 1000);
  }

  get tab() {
    return this.tabs.at;
  }

  makeTabs() {
    const results = h("div", { class: "results" }, this.panels, this.charts.overview);
    /** @type {[string, HTMLElement][]} */
    const parts = [
      ["Overview", h("div", { class: "overview" }, results, this.side)],
      ["Statistics", h("div", { class: "results" }, this.charts.sampled)],
      ["Output", this.output.element],
      ["Files", this.files.element],
      ["Source", this.source.element],
    ];
    return new Tabs("Parts of the run", parts, (at) => this.run && void this.fresh[at]());
  }

  /** @param {number} at */
  show(at) {
    this.tabs.show(at);
  }

  /** @param {string} operation that went into the run */
  showOutput(operation) {
    void this.output.choose(operation);
    this.tabs.show(2);
  }

  /** Load the run itself, and what is in sight of it. */
  async loadNow() {
    clearTimeout(this.begin);
    try {
      const found = await /** @type {Promise<Run>} */ (get(`runs/${this.id}`));
      if (this.closed) return;
      const before = JSON.stringify(this.run);
      this.run = found;
      this.head.draw(found);
      if (JSON.stringify(found) !== before) details(this.side, found, (operation) => this.showOutput(operation));
      this.output.draw(found);
    } catch (error) {
      this.fail(error);
      return;
    }
    await this.fresh[this.tab]();
  }

  /** @param {unknown} error */
  fail(error) {
    if (this.run || this.closed) return;
    const said = error instanceof Refused ? error : null;
    const why = `${said?.message ?? String(error)}${said?.hint ? ` (${said.hint})` : ""}`;
    this.head.fail(said?.status === 404 ? "There is no such run" : "The run cannot be shown", why);
    this.tabs.element.hidden = true;
    for (const body of this.tabs.bodies) body.hidden = true;
  }

  async loadOverview() {
    const [fields, found] = await Promise.all([
      /** @type {Promise<Panels>} */ (get(`runs/${this.id}/fields`)),
      /** @type {Promise<Charts>} */ (get(`runs/${this.id}/charts`)),
    ]);
    if (this.closed || !this.run) return;
    panels(this.panels, fields.fields);
    this.troubles.setFaults(fields.faults);
    this.troubles.setProblems(found.problems);
    this.charts.showScalars(this.run, found);
  }

  async loadStatistics() {
    const found = await /** @type {Promise<Charts>} */ (get(`runs/${this.id}/charts`));
    if (this.closed || !this.run) return;
    this.charts.showStatistics(this.run, found);
  }

  /** @param {import("../types.js").RunRow} changed */
  changed(changed) {
    if (changed.deleted) this.runs.change({ changed: [], gone: [changed.id] });
    else this.runs.change({ changed: [changed], gone: [] });
    void this.load();
  }

  /** @param {Record<string, unknown>} marks */
  async marked(marks) {
    const before = this.marks;
    this.marks = marks;
    const moved = (/** @type {string[]} */ names) => names.some((name) => before[name] !== marks[name]);
    // operations that went into it, as evaluate does
    const inside = Object.keys(marks).filter((name) => /^runs\/[^/]+$/.test(name));
    if (marks.gone || moved(ABOUT) || moved(inside)) await this.load();
    else if (!this.run) return;
    else if (this.tab === 0 && moved(RESULTS)) await this.fresh[0]();
    else if (this.tab === 1 && moved(["stats"])) await this.fresh[1]();
    else if (this.tab === 2 && moved([this.output.mark])) await this.fresh[2]();
    else if (this.tab === 3 && (moved(["scalars"]) || this.run.status === "running")) await this.fresh[3]();
  }

  close() {
    this.closed = true;
    clearTimeout(this.begin);
    clearInterval(this.clock);
    this.runs.watchers.delete(this.tell);
    this.charts.close();
    this.output.close();
  }

  redraw() {
    this.charts.redraw();
  }
}
