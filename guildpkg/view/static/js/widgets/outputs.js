/** The output of a run, and of the operations that went into it, as `evaluate` does: one of them is in sight. */

import { fill, h } from "../dom.js";
import { moment } from "../format.js";
import { Output } from "./output.js";

/** @typedef {import("../types.js").Run} Run */

export class Outputs {
  /** @param {string} run */
  constructor(run) {
    this.run = run;
    /** Name of the operation that is in sight; empty for the run itself. */
    this.of = "";
    /** @type {Map<string, Output>} those that were in sight, as they were left */
    this.known = new Map();
    this.offered = "";
    this.choice = /** @type {HTMLSelectElement} */ (
      h("select", { id: "output-of", onChange: () => this.choose(this.choice.value) })
    );
    this.bar = h(
      "div",
      { class: "bar", hidden: true },
      h("label", { class: "output-of", for: "output-of" }, "Output of"),
      this.choice,
    );
    this.body = h("div", { class: "outputs-body" });
    this.element = h("section", { class: "outputs" }, this.bar, this.body);
    this.show();
  }

  /** Give the name of the mark that changes when there is more. */
  get mark() {
    return this.of ? `runs/${this.of}/output` : "output";
  }

  show() {
    let output = this.known.get(this.of);
    if (!output) {
      output = new Output(this.run, this.of);
      this.known.set(this.of, output);
      this.body.append(output.element);
    }
    // the others keep their place
    for (const other of this.known.values()) other.element.hidden = other !== output;
    return output;
  }

  /**
   * Offer what there is to choose from.
   *
   * @param {Run} run
   */
  draw(run) {
    const inside = run.operations.map((row) => {
      const since = row.started ? `, ${moment(Date.parse(row.started))}` : "";
      return [row.name, `${row.operation}${since} (${row.status})`];
    });
    const choices = [["", `${run.operation}, the run itself`], ...inside];
    this.bar.hidden = !inside.length;
    if (this.offered === (this.offered = JSON.stringify(choices))) return;
    fill(
      this.choice,
      choices.map(([name, label]) => h("option", { value: name, selected: name === this.of }, label)),
    );
  }

  /** @param {string} of */
  choose(of) {
    this.known.get(this.of)?.search.giveUp();
    this.of = of;
    this.choice.value = of;
    this.show();
    return this.refresh();
  }

  refresh() {
    return this.show().refresh();
  }

  close() {
    for (const output of this.known.values()) output.search.giveUp();
  }
}
