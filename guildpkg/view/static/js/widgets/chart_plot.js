/**
 * The picture of a chart, drawn by uPlot. When there is more of the same lines they are only given other points, so
 * that the pointer, and what is being marked with it, stay; while something is being marked nothing is drawn anew.
 */

import { fill, h } from "../dom.js";
import { duration, plain } from "../format.js";
import { numeral } from "../numeral.js";
import { axisWidth, linearRange, logRange } from "./chart_scales.js";

/** @typedef {import("./chart_data.js").Curve & {place: number}} Drawn place: that of its line, which decides on the colour */
/** @typedef {{axis: import("./chart_data.js").Axis, log: boolean, zoom: {min: number, max: number} | null}} Look */
/** @typedef {{select: (zoom: {min: number, max: number}) => void, point: (place: number | null) => void, whole: () => void}} Told */

export const COLOURS = 10;
const HEIGHT = 240;

export class Plot {
  /**
   * @param {HTMLElement} into
   * @param {{label: string, format: string}} about
   * @param {Told} told what is called when a part is marked, the pointer moves, all is wished for
   */
  constructor(into, about, told) {
    this.into = into;
    this.about = about;
    this.told = told;
    /** @type {uPlot | null} */
    this.plot = null;
    /** @type {Look} */
    this.look = { axis: "step", log: false, zoom: null };
    this.kind = "";
    /** @type {(() => void) | null} */
    this.waiting = null;
    this.marking = false;
    this.released = () => this.release();
  }

  /**
   * @param {Drawn[]} drawn
   * @param {Look} look
   */
  show(drawn, look) {
    if (this.marking) {
      this.waiting = () => this.show(drawn, look);
      return;
    }
    this.look = look;
    const data = /** @type {any} */ (uPlot.join(drawn.map((curve) => /** @type {any} */ ([curve.x, curve.y]))));
    const colours = palette(this.into);
    const series = drawn.map((curve) => style(curve, colours.lines));
    const kind = JSON.stringify([look.axis, look.log, series]);
    if (this.plot && kind === this.kind) {
      this.plot.setData(data);
      return;
    }
    const { left = -1, top = -1 } = this.plot?.cursor ?? {};
    this.forget();
    this.kind = kind;
    fill(this.into);
    this.plot = new uPlot(this.options([{}, ...series], colours), data, this.into);
    // the pointer may rest where it is, and is read out there
    if (left >= 0) this.plot.setCursor({ left, top });
  }

  /**
   * Show words instead.
   *
   * @param {string} words
   */
  clear(words) {
    this.forget();
    fill(this.into, h("p", { class: "placeholder" }, words));
  }

  /**
   * @param {any[]} series
   * @param {{grid: string, text: string}} colours
   * @returns {any}
   */
  options(series, colours) {
    const { axis, log } = this.look;
    const axes = {
      stroke: colours.text,
      grid: { stroke: colours.grid, width: 1 },
      ticks: { stroke: colours.grid, width: 1 },
      font: "12px system-ui",
    };
    const said = (/** @type {number} */ tick) => (axis === "relative" ? duration(tick) : plain(tick));
    const values = (/** @type {any} */ _, /** @type {number[]} */ ticks) => ticks.map(said);
    return {
      width: Math.max(120, this.into.clientWidth),
      height: HEIGHT,
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
      scales: {
        x: {
          time: axis === "wall",
          range: (/** @type {any} */ plot, /** @type {number} */ low, /** @type {number} */ high) =>
            this.rangeX(plot.data[0], low, high),
        },
        y: log ? { distr: 3, range: logRange } : { range: linearRange },
      },
      axes: [
        { ...axes, size: 34, space: 70, ...(axis === "wall" ? {} : { values }) },
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
        setSelect: [() => this.selected()],
        setCursor: [() => this.told.point(this.pointed())],
        ready: [(/** @type {any} */ plot) => this.listen(plot.over)],
      },
    };
  }

  /** @param {HTMLElement} over */
  listen(over) {
    over.addEventListener("dblclick", () => this.told.whole());
    over.addEventListener("mousedown", (event) => {
      if (event.button) return;
      this.marking = true;
      // behind uPlot's own listener, which tells what was marked
      addEventListener("mouseup", this.released, { once: true });
    });
  }

  release() {
    this.marking = false;
    const { waiting } = this;
    this.waiting = null;
    waiting?.();
  }

  /**
   * Write a value of the axis: by the pattern of the project, and with more digits where it would not tell two apart.
   *
   * @param {number} tick
   * @param {(number | null)[]} ticks
   */
  tick(tick, ticks) {
    const { format } = this.about;
    const known = ticks.filter((other) => other !== null);
    const apart = [format, ...finer(format)].find(
      (pattern) => new Set(known.map((other) => numeral(other, pattern))).size === known.length,
    );
    return apart === undefined && !format.includes("b") ? plain(tick) : numeral(tick, apart ?? format);
  }

  /**
   * @param {number[]} places of all points
   * @param {number} low
   * @param {number} high
   * @returns {[number, number]}
   */
  rangeX(places, low, high) {
    const { zoom } = this.look;
    if (zoom) return [zoom.min, zoom.max];
    if (places.length === 1) return [places[0] - 1, places[0] + 1];
    return [low, high];
  }

  selected() {
    const plot = /** @type {any} */ (this.plot);
    const { left, width } = plot.select;
    if (!width) return;
    plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    if (width < 5) return;
    this.told.select({ min: plot.posToVal(left, "x"), max: plot.posToVal(left + width, "x") });
  }

  /** Give the place on the axis where the pointer is; null when it is elsewhere. */
  pointed() {
    const left = this.plot?.cursor.left ?? -1;
    return this.plot && left >= 0 ? this.plot.posToVal(left, "x") : null;
  }

  /** Make it as wide as its place; false when there is none. */
  resize() {
    if (!this.plot || !this.into.clientWidth) return false;
    this.plot.setSize({ width: this.into.clientWidth, height: HEIGHT });
    return true;
  }

  /** Forget what was drawn, so that it is drawn anew. */
  forget() {
    this.plot?.destroy();
    this.plot = null;
    this.kind = "";
  }

  close() {
    removeEventListener("mouseup", this.released);
    this.waiting = null;
    this.forget();
  }
}

/**
 * @param {Drawn} curve
 * @param {string[]} colours
 */
function style(curve, colours) {
  return {
    stroke: colours[curve.place % COLOURS],
    width: curve.smooth || !curve.pale ? 2 : 1,
    alpha: curve.pale ? 0.3 : 1,
    ...(curve.place >= COLOURS ? { dash: [6, 4] } : {}),
    points: { show: curve.x.length < 2 || (curve.x.length < 40 && !curve.pale), size: 5 },
  };
}

/**
 * Read the colours of the style sheet.
 *
 * @param {Element} element
 */
function palette(element) {
  const sheet = getComputedStyle(element.isConnected ? element : document.documentElement);
  const colour = (/** @type {string} */ name) => sheet.getPropertyValue(name).trim() || "#888";
  return {
    lines: Array.from({ length: COLOURS }, (_, at) => colour(`--line-${at}`)),
    grid: colour("--rule"),
    text: colour("--quiet"),
  };
}

/**
 * Give patterns of a share, or of bytes, with more and more digits.
 *
 * @param {string} format
 */
function finer(format) {
  const number = /0(\.0*)?(?=\s?(%|i?b))/;
  return number.test(format) ? [1, 2, 3, 4].map((digits) => format.replace(number, `0.${"0".repeat(digits)}`)) : [];
}
