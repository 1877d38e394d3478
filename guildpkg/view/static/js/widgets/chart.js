/** A chart: several lines, zoom by dragging, a read-out under the pointer, and what is honest to say about them. */

import { button, fill, h } from "../dom.js";
import { duration, moment } from "../format.js";
import { curves, places } from "./chart_data.js";
import { Legend } from "./chart_legend.js";
import { Plot } from "./chart_plot.js";
import { remarks } from "./chart_words.js";

/** @typedef {import("../types.js").Line} Line */
/** @typedef {import("./chart_data.js").Axis} Axis */
/** @typedef {{axis: Axis, smoothing: number}} View */
/** @typedef {{min: number, max: number}} Zoom */

export class Chart {
  /**
   * @param {{title: string, label: string, format: string, wide: boolean}} about
   * @param {View} view axis and smoothing
   * @param {(zoom: Zoom | null) => void} zoomed called when another part is looked at
   */
  constructor(about, view, zoomed) {
    this.about = about;
    this.view = view;
    this.zoomed = zoomed;
    /** @type {Line[]} */
    this.lines = [];
    this.loaded = false;
    /** @type {Set<string>} */
    this.hidden = new Set();
    this.log = false;
    /** @type {Zoom | null} */
    this.zoom = null;
    this.logButton = button("log", () => this.toggleLog(), { pressed: false, title: "Logarithmic scale" });
    this.reset = button("Whole", () => this.setZoom(null), {
      icon: "reset",
      quiet: true,
      title: "Show everything again",
    });
    this.reset.hidden = true;
    this.plotted = h("div", { class: "plot loading" }, h("p", { class: "placeholder" }, "Loading …"));
    this.said = h("p", { class: "said" });
    this.where = h("span", { class: "where" });
    this.legend = new Legend(about.format, (line) => this.toggle(line));
    this.plot = new Plot(this.plotted, about, {
      select: (zoom) => this.setZoom(zoom),
      point: (place) => this.point(place),
      whole: () => this.setZoom(null),
    });
    this.element = h(
      "figure",
      { class: `chart${about.wide ? " wide" : ""}`, "aria-label": about.title },
      h("figcaption", null, h("h3", null, about.title), this.where, this.reset, this.logButton),
      this.plotted,
      this.legend.element,
      this.said,
    );
    this.sizes = new ResizeObserver(() => this.resize());
    this.sizes.observe(this.plotted);
  }

  /**
   * Show other lines, or the same ones with more points; what is zoomed to stays.
   *
   * @param {Line[]} lines
   * @param {string[]} names of the lines, in the same order
   */
  update(lines, names) {
    this.lines = lines;
    this.loaded = true;
    this.legend.setLines(lines, names);
    this.draw();
  }

  /** @param {View} view */
  setView(view) {
    if (view.axis !== this.view.axis) {
      this.zoom = null;
      this.reset.hidden = true;
    }
    this.view = view;
    this.draw();
  }

  toggleLog() {
    this.log = !this.log;
    this.logButton.setAttribute("aria-pressed", String(this.log));
    this.draw();
  }

  /** @param {Zoom | null} zoom */
  setZoom(zoom) {
    this.zoom = zoom;
    this.reset.hidden = zoom === null;
    this.draw();
    this.zoomed(zoom);
  }

  draw() {
    if (!this.loaded) return;
    const { axis, smoothing } = this.view;
    const visible = this.lines.filter((line) => !this.hidden.has(id(line)));
    const made = curves(visible, axis, smoothing, this.log, (line) => this.origin(line));
    const drawn = made
      .filter((curve) => curve.x.length)
      .map((curve) => ({ ...curve, place: this.lines.indexOf(visible[curve.line]) }));
    this.plotted.classList.remove("loading");
    this.said.textContent = remarks(this.lines, axis, this.log);
    if (drawn.length) this.plot.show(drawn, { axis, log: this.log, zoom: this.zoom });
    else this.plot.clear(this.lines.length ? "Nothing to show" : "No values yet");
    this.point(this.plot.pointed());
  }

  /**
   * Say that the lines could not be had.
   *
   * @param {string} why
   */
  fail(why) {
    if (this.lines.length) return;
    fill(this.plotted, h("p", { class: "placeholder" }, why));
  }

  /**
   * Read the lines out where the pointer is; without a pointer, at their ends.
   *
   * @param {number | null} place
   */
  point(place) {
    this.where.textContent = place === null ? "" : this.placeInWords(place);
    this.legend.read(
      (line) => places(line, this.view.axis, this.origin(line)),
      place,
      (line) => this.hidden.has(id(line)),
      this.view.axis === "step",
    );
  }

  /** @param {number} place */
  placeInWords(place) {
    if (this.view.axis === "step") return `step ${Math.round(place).toLocaleString("en-US")}`;
    return this.view.axis === "relative" ? duration(place) : moment(place * 1000);
  }

  /** @param {Line} line */
  toggle(line) {
    const name = id(line);
    if (this.hidden.has(name)) this.hidden.delete(name);
    else this.hidden.add(name);
    this.draw();
  }

  /** @param {Line} line */
  origin(line) {
    return line.origin ?? Math.min(...this.lines.map((other) => other.times[0] ?? Infinity));
  }

  /** Draw again, with other colours. */
  redraw() {
    this.plot.forget();
    this.draw();
  }

  resize() {
    if (!this.plot.resize() && this.lines.length) this.draw();
  }

  close() {
    this.sizes.disconnect();
    this.plot.close();
  }
}

/** @param {Line} line */
function id(line) {
  return `${line.run ?? ""} ${line.key}`;
}
