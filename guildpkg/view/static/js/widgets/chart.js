/** A chart: several lines, zoom by dragging, a read-out under the pointer, and what is honest to say about them. */

import { button, fill, h } from "../dom.js";
import { duration, moment, numeral, plain } from "../format.js";
import { curves, nearest, places } from "./chart_data.js";

/** @typedef {import("../types.js").Line} Line */
/** @typedef {import("./chart_data.js").Axis} Axis */
/** @typedef {{axis: Axis, smoothing: number}} View */

const COLOURS = 10;
const HEIGHT = 240;

export class Chart {
  /**
   * @param {{title: string, label: string, format: string, wide: boolean}} about
   * @param {View} view axis and smoothing
   * @param {(zoom: {min: number, max: number} | null) => void} zoomed called when another part is looked at
   */
  constructor(about, view, zoomed) {
    this.about = about;
    this.view = view;
    this.zoomed = zoomed;
    /** @type {Line[]} */
    this.lines = [];
    /** @type {string[]} */
    this.names = [];
    /** @type {Set<string>} */
    this.hidden = new Set();
    this.log = false;
    /** @type {{min: number, max: number} | null} */
    this.zoom = null;
    /** @type {uPlot | null} */
    this.plot = null;
    this.logButton = button("log", () => this.toggleLog(), { pressed: false, title: "Logarithmic scale" });
    this.reset = button("Whole", () => this.setZoom(null), {
      icon: "reset",
      quiet: true,
      title: "Show everything again",
    });
    this.reset.hidden = true;
    this.plotted = h("div", { class: "plot" });
    this.legend = h("ul", { class: "legend" });
    this.said = h("p", { class: "said" });
    this.where = h("span", { class: "where" });
    this.element = h(
      "figure",
      { class: `chart${this.about.wide ? " wide" : ""}`, "aria-label": this.about.title },
      h("figcaption", null, h("h3", null, this.about.title), this.where, this.reset, this.logButton),
      this.plotted,
      this.legend,
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
    this.names = names;
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

  /** @param {{min: number, max: number} | null} zoom */
  setZoom(zoom) {
    this.zoom = zoom;
    this.reset.hidden = zoom === null;
    this.draw();
    this.zoomed(zoom);
  }

  draw() {
    const visible = this.lines.filter((line) => !this.hidden.has(this.id(line)));
    const made = curves(visible, this.view.axis, this.view.smoothing, this.log, (line) => this.origin(line));
    const drawn = made.filter((curve) => curve.x.length);
    this.plot?.destroy();
    this.plot = null;
    this.drawLegend();
    this.say();
    if (!drawn.length) {
      fill(this.plotted, h("p", { class: "placeholder" }, this.lines.length ? "Nothing to show" : "No values yet"));
      return;
    }
    fill(this.plotted);
    const colours = palette(this.element);
    /** @type {any[]} */
    const series = [{}];
    for (const curve of drawn) {
      const place = this.lines.indexOf(visible[curve.line]);
      series.push({
        stroke: colours.lines[place % COLOURS],
        width: curve.smooth || !curve.pale ? 2 : 1,
        alpha: curve.pale ? 0.3 : 1,
        dash: place >= COLOURS ? [6, 4] : undefined,
        points: { show: curve.x.length < 2 || (curve.x.length < 40 && !curve.pale), size: 5 },
      });
    }
    const data = uPlot.join(drawn.map((curve) => /** @type {any} */ ([curve.x, curve.y])));
    this.plot = new uPlot(this.options(series, colours), /** @type {any} */ (data), this.plotted);
  }

  /**
   * @param {any[]} series
   * @param {{grid: string, text: string}} colours
   * @returns {any}
   */
  options(series, colours) {
    const { axis } = this.view;
    const axes = {
      stroke: colours.text,
      grid: { stroke: colours.grid, width: 1 },
      ticks: { stroke: colours.grid, width: 1 },
      font: "12px system-ui",
    };
    return {
      width: Math.max(120, this.plotted.clientWidth),
      height: HEIGHT,
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
      scales: {
        x: {
          time: axis === "wall",
          range: (/** @type {any} */ _, /** @type {number} */ low, /** @type {number} */ high) =>
            this.rangeX(low, high),
        },
        y: this.log ? { distr: 3, range: logRange } : { range: linearRange },
      },
      axes: [
        {
          ...axes,
          size: 34,
          space: 70,
          ...(axis === "wall"
            ? {}
            : {
                values: (/** @type {any} */ _, /** @type {number[]} */ ticks) =>
                  ticks.map((tick) => (axis === "relative" ? duration(tick) : plain(tick))),
              }),
        },
        {
          ...axes,
          size: axisWidth,
          label: this.about.label || undefined,
          labelSize: 18,
          labelFont: "12px system-ui",
          values: (/** @type {any} */ _, /** @type {(number | null)[]} */ ticks) =>
            ticks.map((tick) => (tick === null ? "" : this.tick(tick, ticks))),
        },
      ],
      series,
      hooks: {
        setSelect: [(/** @type {any} */ plot) => this.selected(plot)],
        setCursor: [(/** @type {any} */ plot) => this.point(plot)],
        ready: [(/** @type {any} */ plot) => plot.over.addEventListener("dblclick", () => this.setZoom(null))],
      },
    };
  }

  /**
   * Write a value of the axis: by the pattern of the project, and with more digits where it would not tell two apart.
   *
   * @param {number} tick
   * @param {(number | null)[]} ticks
   */
  tick(tick, ticks) {
    const said = numeral(tick, this.about.format);
    const same = ticks.filter((other) => other !== null && numeral(other, this.about.format) === said).length;
    return same > 1 && !this.about.format.includes("b") ? plain(tick) : said;
  }

  /**
   * @param {number} low
   * @param {number} high
   * @returns {[number, number]}
   */
  rangeX(low, high) {
    if (this.zoom) return [this.zoom.min, this.zoom.max];
    if (low === high) return [low - 1, high + 1];
    return [low, high];
  }

  /** @param {any} plot */
  selected(plot) {
    const { left, width } = plot.select;
    plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    if (width < 5) return;
    this.setZoom({ min: plot.posToVal(left, "x"), max: plot.posToVal(left + width, "x") });
  }

  /** @param {any} plot */
  point(plot) {
    if (plot.cursor.left === undefined || plot.cursor.left < 0) {
      this.where.textContent = "";
      this.drawLegend();
      return;
    }
    const place = plot.posToVal(plot.cursor.left, "x");
    this.where.textContent = this.placeInWords(place);
    this.drawLegend(place);
  }

  /** @param {number} place */
  placeInWords(place) {
    if (this.view.axis === "step") return `step ${Math.round(place).toLocaleString("en-US")}`;
    return this.view.axis === "relative" ? duration(place) : moment(place * 1000);
  }

  /**
   * Name the lines; with *place*, say what each is there, else where it ends.
   *
   * @param {number} [place]
   */
  drawLegend(place) {
    const rows = this.lines.map((line, index) => {
      const at =
        place === undefined
          ? line.values.length - 1
          : nearest(places(line, this.view.axis, this.origin(line)), line.starts, place);
      const off = this.hidden.has(this.id(line));
      const value = at < 0 ? "–" : numeral(line.values[at], this.about.format);
      const step = at < 0 || this.view.axis !== "step" ? "" : `step ${line.steps[at].toLocaleString("en-US")}`;
      const name = h(
        "button",
        {
          type: "button",
          class: "line-name",
          "aria-pressed": String(!off),
          title: `${line.key} – press to ${off ? "show" : "hide"}`,
          onClick: () => this.toggle(line),
        },
        h("span", { class: `swatch c${index % COLOURS}${index >= COLOURS ? " dashed" : ""}` }),
        h("span", null, this.names[index] || line.key),
      );
      return h("li", { class: off ? "off" : null }, name, h("output", null, value), h("span", { class: "at" }, step));
    });
    fill(this.legend, rows);
  }

  /** @param {Line} line */
  toggle(line) {
    const id = this.id(line);
    if (this.hidden.has(id)) this.hidden.delete(id);
    else this.hidden.add(id);
    this.draw();
  }

  /** Say what the picture does not show by itself. */
  say() {
    const words = [];
    const restarts = this.lines.reduce((sum, line) => sum + line.restarts, 0);
    const odd = this.lines.reduce((sum, line) => sum + line.values.filter((value) => value === null).length, 0);
    const thinned = this.lines.some((line) => line.shown < line.within);
    if (restarts)
      words.push(
        `the step went back ${restarts === 1 ? "once" : `${restarts} times`}${this.view.axis === "step" ? "; what was done over is pale" : ""}`,
      );
    if (odd) words.push("gaps are values that are no numbers");
    if (this.log && this.lines.some((line) => line.values.some((value) => value !== null && value <= 0)))
      words.push("values up to zero have no place on this scale");
    if (thinned)
      words.push(
        `thinned out to ${this.lines.reduce((sum, line) => sum + line.shown, 0).toLocaleString("en-US")} of ${this.lines.reduce((sum, line) => sum + line.within, 0).toLocaleString("en-US")} points; zoom in for more`,
      );
    const text = words.join("; ");
    this.said.textContent = text ? `${text[0].toUpperCase()}${text.slice(1)}.` : "";
  }

  /** @param {Line} line */
  origin(line) {
    return /** @type {any} */ (line).origin ?? Math.min(...this.lines.map((other) => other.times[0] ?? Infinity));
  }

  /** @param {Line} line */
  id(line) {
    return `${/** @type {any} */ (line).run ?? ""} ${line.key}`;
  }

  resize() {
    if (this.plot && this.plotted.clientWidth) this.plot.setSize({ width: this.plotted.clientWidth, height: HEIGHT });
    else if (!this.plot && this.lines.length) this.draw();
  }

  close() {
    this.sizes.disconnect();
    this.plot?.destroy();
    this.plot = null;
  }
}

/**
 * Make as much room as the longest word on the axis needs.
 *
 * @param {any} _
 * @param {string[] | null} words
 */
function axisWidth(_, words) {
  return 20 + 7.2 * Math.max(3, ...(words ?? []).map((word) => word.length));
}

/**
 * @param {any} _
 * @param {number | null} low
 * @param {number | null} high
 * @returns {[number, number]}
 */
function linearRange(_, low, high) {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  const room = (high - low) * 0.06 || Math.abs(high) * 0.1 || 1;
  // what is never negative does not need an axis below zero
  return [low >= 0 && low - room < 0 ? 0 : low - room, high + room];
}

/**
 * @param {any} _
 * @param {number | null} low
 * @param {number | null} high
 * @returns {[number, number]}
 */
function logRange(_, low, high) {
  if (!low || !high || low <= 0) return [1, 10];
  return [
    10 ** Math.floor(Math.log10(low)),
    10 ** Math.max(Math.ceil(Math.log10(high)), Math.floor(Math.log10(low)) + 1),
  ];
}

/**
 * Read the colours of the style sheet.
 *
 * @param {Element} element
 */
function palette(element) {
  const style = getComputedStyle(element.isConnected ? element : document.documentElement);
  const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim() || "#888";
  return {
    lines: Array.from({ length: COLOURS }, (_, at) => colour(`--line-${at}`)),
    grid: colour("--rule"),
    text: colour("--quiet"),
  };
}
