/** One run: what became of it on top, then tabs. What is in sight is kept up to date. */

import { get, Refused } from "../api.js";
import { fill, h } from "../dom.js";
import { duration, moment, size, taken } from "../format.js";
import { actions } from "../widgets/actions.js";
import { chartBar, readView } from "../widgets/chart_bar.js";
import { ChartGroup } from "../widgets/chart_group.js";
import { facts, flagFacts, resourceFacts } from "../widgets/facts.js";
import { Files } from "../widgets/files.js";
import { Output } from "../widgets/output.js";
import { panels } from "../widgets/panels.js";
import { status } from "../widgets/status.js";

/** @typedef {import("../types.js").Run} Run */
/** @typedef {import("../types.js").RunRow} RunRow */

const TABS = ["Overview", "Statistics", "Output", "Files", "Source"];

export class RunPage {
  /**
   * @param {import("../runs.js").Runs} runs
   * @param {string} run its id
   * @param {number} tab the one to begin with
   */
  constructor(runs, run, tab) {
    this.runs = runs;
    this.id = run;
    this.tab = tab;
    /** @type {Run | null} */
    this.run = null;
    /** @type {Record<string, unknown>} */
    this.marks = {};
    this.closed = false;
    this.view = readView();
    this.charts = new ChartGroup("", this.view);
    this.more = new ChartGroup("Other scalars", this.view);
    this.statistics = new ChartGroup("", this.view);
    this.output = new Output(run);
    this.files = new Files(run, "files", "The run has left no files.");
    this.source = new Files(run, "source", "No source was kept for this run.");
    this.head = h("header", { class: "run-head" });
    this.troubles = h("div", { class: "troubles" });
    this.problems = h("div", { class: "troubles" });
    this.panels = h("div", { class: "panels", hidden: true });
    this.side = h("aside", { class: "details", "aria-label": "Details" });
    this.noCharts = h("div", { class: "empty", hidden: true });
    this.noStatistics = h(
      "div",
      { class: "empty", hidden: true },
      h("p", null, "No statistics were sampled in this run."),
    );
    const bar = () =>
      chartBar(this.view, (view) => {
        this.view = view;
        for (const group of [this.charts, this.more, this.statistics]) group.setView(view);
      });
    this.bar = bar();
    this.bodies = [
      h(
        "div",
        { class: "overview" },
        h("div", { class: "results" }, this.panels, this.bar, this.noCharts, this.charts.element, this.more.element),
        this.side,
      ),
      h("div", null, bar(), this.noStatistics, this.statistics.element),
      this.output.element,
      this.files.element,
      this.source.element,
    ];
    this.tabs = TABS.map((name, at) =>
      h(
        "button",
        { type: "button", role: "tab", id: `tab-${at}`, "aria-controls": `body-${at}`, onClick: () => this.show(at) },
        name,
      ),
    );
    const tabs = h("div", { class: "tabs", role: "tablist", "aria-label": "Parts of the run" }, this.tabs);
    tabs.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      this.show((this.tab + by + TABS.length) % TABS.length);
      this.tabs[this.tab].focus();
    });
    this.bodies.forEach((body, at) => {
      body.id = `body-${at}`;
      body.setAttribute("role", "tabpanel");
      body.setAttribute("aria-labelledby", `tab-${at}`);
    });
    this.element = h("article", { class: "run-page" }, this.head, this.troubles, this.problems, tabs, this.bodies);
    this.show(this.tab);
    this.tell = (/** @type {Record<string, unknown>} */ marks) => void this.marked(marks);
    runs.watchers.add(this.tell);
    runs.watch(run);
    void this.load();
    this.clock = window.setInterval(() => this.drawTimes(), 1000);
  }

  /** @param {number} at */
  show(at) {
    this.tab = at;
    this.tabs.forEach((tab, other) => {
      tab.setAttribute("aria-selected", String(other === at));
      tab.tabIndex = other === at ? 0 : -1;
    });
    this.bodies.forEach((body, other) => (body.hidden = other !== at));
    if (this.run) void this.refreshTab();
  }

  /** Load the run itself. */
  async load() {
    try {
      const found = await /** @type {Promise<Run>} */ (get(`runs/${this.id}`));
      if (this.closed) return;
      this.run = found;
    } catch (error) {
      const said = error instanceof Refused ? error : null;
      if (this.run || this.closed) return;
      fill(
        this.head,
        h("h1", null, said?.status === 404 ? "There is no such run" : "The run cannot be shown"),
        h("p", null, said?.message ?? String(error), said?.hint ? ` (${said.hint})` : ""),
      );
      return;
    }
    this.drawHead();
    this.drawSide();
    await this.refreshTab();
  }

  async refreshTab() {
    if (this.tab === 0) await Promise.all([this.loadFields(), this.loadCharts()]);
    else if (this.tab === 1) await this.loadCharts();
    else if (this.tab === 2) await this.output.refresh();
    else await (this.tab === 3 ? this.files : this.source).refresh();
  }

  async loadFields() {
    const found = await /** @type {Promise<import("../types.js").Panels>} */ (get(`runs/${this.id}/fields`));
    if (this.closed) return;
    panels(this.panels, found.fields);
    this.drawTroubles(found.faults);
  }

  async loadCharts() {
    const found = await /** @type {Promise<import("../types.js").Charts>} */ (get(`runs/${this.id}/charts`));
    if (this.closed || !this.run) return;
    const shown = [{ id: this.id, name: "", origin: this.run.started ? Date.parse(this.run.started) : null }];
    this.charts.update(shown, [found.charts]);
    this.more.update(shown, [found.more]);
    this.statistics.update(shown, [found.statistics]);
    this.more.heading.hidden = !found.charts.length;
    this.drawProblems(found.problems);
    const none = !found.charts.length && !found.more.length;
    this.bar.hidden = none;
    this.sayNoCharts(none);
    this.noStatistics.hidden = found.statistics.length > 0;
  }

  /** @param {boolean} none */
  sayNoCharts(none) {
    const place = this.noCharts;
    place.hidden = !none;
    if (!none) return;
    const running = this.run?.status === "running";
    fill(
      place,
      h("p", null, running ? "No scalars yet." : "This run has written no scalars."),
      h(
        "p",
        null,
        "What a script writes with a TensorFlow summary writer shows up here as charts",
        running ? ", while it runs." : ".",
      ),
    );
  }

  /** @param {string[]} faults */
  drawTroubles(faults) {
    fill(
      this.troubles,
      faults.length
        ? h(
            "div",
            { class: "trouble", role: "alert" },
            h("b", null, "The project file cannot be read: "),
            h(
              "ul",
              null,
              faults.map((fault) => h("li", null, fault)),
            ),
          )
        : null,
    );
  }

  /** @param {string[]} problems */
  drawProblems(problems) {
    const list = h(
      "ul",
      null,
      problems.map((problem) => h("li", null, problem)),
    );
    fill(
      this.problems,
      problems.length
        ? h(
            "details",
            { class: "trouble" },
            h("summary", null, "Parts of the run's event files are damaged and were passed over"),
            list,
          )
        : null,
    );
  }

  drawHead() {
    const { run } = this;
    if (!run) return;
    document.title = `${run.operation} ${run.status} – Guild View`;
    this.times = h("span", { class: "times" });
    fill(
      this.head,
      h("a", { class: "back", href: "/" }, "← Runs"),
      h(
        "div",
        { class: "run-title" },
        h("h1", null, run.operation),
        status(run),
        run.deleted ? h("span", { class: "tag" }, "in the trash") : null,
        run.label ? h("span", { class: "label" }, run.label) : null,
        run.tags.map((tag) => h("span", { class: "tag" }, tag)),
      ),
      h(
        "div",
        { class: "run-sub" },
        h("code", { title: run.id }, run.id.slice(0, 8)),
        this.times,
        run.message ? h("span", { class: "trouble" }, run.message) : null,
      ),
      actions(run, (changed) => this.changed(changed)),
    );
    this.drawTimes();
  }

  drawTimes() {
    if (!this.run || !this.times) return;
    const now = Date.now();
    const seconds = taken(this.run, now);
    const parts = [moment(Date.parse(this.run.started ?? this.run.created))];
    if (seconds !== null) parts.push(duration(seconds));
    this.times.textContent = parts.join(" · ");
  }

  drawSide() {
    const { run } = this;
    if (!run) return;
    const code = (/** @type {string} */ text) => h("code", null, text);
    /** @type {[string, import("../dom.js").Child][]} */
    const about = [
      ["Run", code(run.id)],
      ["Folder", code(run.run_dir)],
      ["Command", code(run.command.join(" "))],
      ["Working directory", code(run.cwd)],
      ["Project", run.project ? code(run.project) : null],
      ["Package", run.package],
      ["Exit status", run.exit_status],
      ["Process", run.pid],
      ["Host", `${run.host}${run.user ? `, ${run.user}` : ""}`],
      ["Interpreter", run.interpreter ? code(run.interpreter) : null],
      ["Comment", run.comment],
      ["Restart of", run.restart_of ? h("a", { href: `/runs/${run.restart_of}` }, run.restart_of.slice(0, 8)) : null],
      ["Taken from", run.from_run ? h("a", { href: `/runs/${run.from_run}` }, run.from_run.slice(0, 8)) : null],
      ["Source", run.source.digest ? `${run.source.files} files, ${size(run.source.size)}` : null],
      ["Source digest", run.source.digest ? h("code", { class: "hash" }, run.source.digest) : null],
    ];
    const pairs = (/** @type {Record<string, string>} */ of) => /** @type {[string, string][]} */ (Object.entries(of));
    const folded = new Map(
      [...this.side.querySelectorAll("details")].map((part) => [part.querySelector("h2")?.textContent, part.open]),
    );
    fill(
      this.side,
      flagFacts(run.flags),
      facts(
        "Attributes",
        about.filter(([, value]) => value !== null && value !== ""),
      ),
      resourceFacts(run.resources),
      facts("System", pairs(run.system)),
      facts("Version control", pairs(run.vcs)),
      facts("Environment", pairs(run.env), { open: false }),
      facts("Packages", pairs(run.packages), { open: false, note: String(Object.keys(run.packages).length) }),
    );
    for (const part of this.side.querySelectorAll("details"))
      part.open = folded.get(part.querySelector("h2")?.textContent) ?? part.open;
  }

  /** @param {RunRow} changed */
  changed(changed) {
    if (changed.deleted) this.runs.change({ changed: [], gone: [changed.id] });
    else this.runs.change({ changed: [changed], gone: [] });
    void this.load();
  }

  /** @param {Record<string, unknown>} marks */
  async marked(marks) {
    const before = this.marks;
    this.marks = marks;
    const moved = (/** @type {string[]} */ ...names) => names.some((name) => before[name] !== marks[name]);
    if (marks.gone) return;
    if (moved("status", "notes.json", "attrs.json", "inputs.json", "process.json", "exit.json")) {
      await this.load();
      return;
    }
    if (!this.run) return;
    if (this.tab === 0 && moved("scalars", "output", "project/Guild", "project/guild.yml")) await this.refreshTab();
    else if (this.tab === 1 && moved("stats")) await this.refreshTab();
    else if (this.tab === 2 && moved("output")) await this.refreshTab();
    else if (this.tab === 3 && this.run.status === "running") await this.refreshTab();
  }

  close() {
    this.closed = true;
    clearInterval(this.clock);
    this.runs.watchers.delete(this.tell);
    for (const group of [this.charts, this.more, this.statistics]) group.close();
  }

  redraw() {
    for (const group of [this.charts, this.more, this.statistics]) group.redraw();
  }
}
