/** The runs that were chosen for a comparison, and the button that compares them. */

import { button, h } from "../dom.js";
import { go } from "../router.js";

export class RunChoice {
  /** @param {() => void} changed called when others are chosen */
  constructor(changed) {
    this.changed = changed;
    /** @type {Set<string>} */
    this.chosen = new Set();
    this.button = button("Compare", () => this.compare());
    this.element = h(
      "div",
      { class: "choice", hidden: true },
      this.button,
      button("Clear", () => this.choose([])),
    );
  }

  /** @param {string} run */
  has(run) {
    return this.chosen.has(run);
  }

  /** @param {string} run */
  toggle(run) {
    if (!run) return;
    if (!this.chosen.delete(run)) this.chosen.add(run);
    this.draw();
  }

  /** @param {string[]} runs */
  choose(runs) {
    this.chosen = new Set(runs);
    this.draw();
  }

  compare() {
    if (this.chosen.size > 1) go(`/compare?runs=${[...this.chosen].join(",")}`);
  }

  draw() {
    const { size } = this.chosen;
    this.element.hidden = size === 0;
    this.button.textContent = size === 1 ? "Compare (choose another)" : `Compare ${size} runs`;
    this.button.disabled = size < 2;
    this.changed();
  }
}
