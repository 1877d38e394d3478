/** What stands on top of a run: what it is, how it is, since when, and what can be done to it. */

import { fill, h } from "../dom.js";
import { duration, moment, taken } from "../format.js";
import { actions } from "./actions.js";
import { status } from "./status.js";

/** @typedef {import("../types.js").Run} Run */

export class RunHead {
  /** @param {(changed: import("../types.js").RunRow) => void} changed called when the user has changed the run */
  constructor(changed) {
    this.changed = changed;
    /** @type {Run | null} */
    this.run = null;
    this.times = h("span", { class: "times" });
    this.element = h("header", { class: "run-head" }, h("p", { class: "placeholder" }, "Loading …"));
  }

  /** @param {Run} run */
  draw(run) {
    const before = JSON.stringify(this.run);
    this.run = run;
    document.title = `${run.operation} ${run.status} – Guild View`;
    this.drawTimes();
    // buttons stay as long as they do the same, and with them who has the focus
    if (JSON.stringify(run) === before) return;
    fill(
      this.element,
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
      actions(run, this.changed),
    );
  }

  drawTimes() {
    if (!this.run) return;
    const seconds = taken(this.run, Date.now());
    const parts = [moment(Date.parse(this.run.started ?? this.run.created))];
    if (seconds !== null) parts.push(duration(seconds));
    this.times.textContent = parts.join(" · ");
  }

  /**
   * Say why there is nothing.
   *
   * @param {string} title
   * @param {string} why
   */
  fail(title, why) {
    fill(
      this.element,
      h("a", { class: "back", href: "/" }, "← Runs"),
      h("h1", null, title),
      h("p", { class: "why" }, why),
      h("p", { class: "why" }, h("a", { href: "/" }, "Show the newest run")),
    );
  }
}
