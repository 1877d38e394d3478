/** The names of a chart's lines, each with its value at the pointer or at its end. */

import { fill, h } from "../dom.js";
import { numeral } from "../numeral.js";
import { nearest } from "./chart_data.js";
import { COLOURS } from "./chart_plot.js";

/** @typedef {import("../types.js").Line} Line */
/** @typedef {{name: HTMLElement, text: HTMLElement, value: HTMLElement, at: HTMLElement, row: HTMLElement}} Row */

export class Legend {
  /**
   * @param {string} format of the values
   * @param {(line: Line) => void} toggle called when a name is pressed
   */
  constructor(format, toggle) {
    this.format = format;
    this.toggle = toggle;
    /** @type {Line[]} */
    this.lines = [];
    /** @type {Row[]} */
    this.rows = [];
    this.element = h("ul", { class: "legend" });
  }

  /**
   * Show other lines, or the same ones; rows that are there stay, and with them who has the focus.
   *
   * @param {Line[]} lines
   * @param {string[]} names
   */
  setLines(lines, names) {
    this.lines = lines;
    if (lines.length !== this.rows.length) {
      this.rows = lines.map((_, index) => this.row(index));
      fill(
        this.element,
        this.rows.map(({ row }) => row),
      );
    }
    this.rows.forEach(({ text }, index) => (text.textContent = names[index] || lines[index].key));
  }

  /**
   * @param {number} index
   * @returns {Row}
   */
  row(index) {
    const text = h("span");
    const name = h(
      "button",
      { type: "button", class: "line-name", onClick: () => this.toggle(this.lines[index]) },
      h("span", { class: `swatch c${index % COLOURS}${index >= COLOURS ? " dashed" : ""}` }),
      text,
    );
    const value = h("output");
    const at = h("span", { class: "at" });
    return { name, text, value, at, row: h("li", null, name, value, at) };
  }

  /**
   * Say what each line is at a place.
   *
   * @param {(line: Line) => number[]} placesOf where its points are
   * @param {number | null} place null for the end of each
   * @param {(line: Line) => boolean} isOff tells whether it is hidden
   * @param {boolean} withStep
   */
  read(placesOf, place, isOff, withStep) {
    this.lines.forEach((line, index) => {
      const { name, value, at, row } = this.rows[index];
      const off = isOff(line);
      const point = place === null ? line.values.length - 1 : nearest(placesOf(line), line.starts, place);
      row.className = off ? "off" : "";
      name.setAttribute("aria-pressed", String(!off));
      name.title = `${line.key} – press to ${off ? "show" : "hide"}`;
      value.textContent = point < 0 ? "–" : numeral(line.values[point], this.format);
      at.textContent = point < 0 || !withStep ? "" : `step ${line.steps[point].toLocaleString("en-US")}`;
    });
  }
}
