/** What stands between the head of a run and its results: what is wrong with its project file and its event files. */

import { fill, h } from "../dom.js";

export class Troubles {
  constructor() {
    this.faults = h("div");
    this.problems = h("div");
    this.element = h("div", { class: "troubles" }, this.faults, this.problems);
    this.shown = { faults: "", problems: "" };
  }

  /** @param {string[]} faults of the project file */
  setFaults(faults) {
    if (this.shown.faults === (this.shown.faults = faults.join("\n"))) return;
    const said = h("b", null, "The project file cannot be read: ");
    fill(this.faults, faults.length ? h("div", { class: "trouble", role: "alert" }, said, list(faults)) : null);
  }

  /** @param {string[]} problems of event files */
  setProblems(problems) {
    if (this.shown.problems === (this.shown.problems = problems.join("\n"))) return;
    const said = h("summary", null, "Parts of the run's event files are damaged and were passed over");
    fill(this.problems, problems.length ? h("details", { class: "trouble" }, said, list(problems)) : null);
  }
}

/** @param {string[]} texts */
function list(texts) {
  return h(
    "ul",
    null,
    texts.map((text) => h("li", null, text)),
  );
}
