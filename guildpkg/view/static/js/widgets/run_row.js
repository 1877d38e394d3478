/** One row of the list of runs. */

import { h } from "../dom.js";
import { ago, duration, moment, taken } from "../format.js";
import { status } from "./status.js";

/** @typedef {import("../types.js").RunRow} RunRow */

/**
 * Make a row.
 *
 * @param {RunRow} run
 * @param {{chosen: boolean, current: boolean, cursor: boolean}} look
 * @param {{toggle: () => void, open: () => void, address: string}} acts what its box does, what a press does, where its
 *   name leads
 * @returns {HTMLElement}
 */
export function runRow(run, look, acts) {
  const box = h("input", {
    type: "checkbox",
    tabindex: "-1",
    "aria-label": `Choose run ${run.id.slice(0, 8)} for a comparison`,
    checked: look.chosen,
    onClick: (/** @type {Event} */ event) => {
      event.stopPropagation();
      acts.toggle();
    },
  });
  return h(
    "div",
    {
      class: `run-row${look.current ? " current" : ""}${look.cursor ? " cursor" : ""}`,
      role: "option",
      id: `run-${run.id}`,
      "aria-selected": String(look.current),
      onClick: acts.open,
    },
    box,
    status(run, { short: true }),
    words(run, acts.address),
  );
}

/**
 * @param {RunRow} run
 * @param {string} address
 */
function words(run, address) {
  const [since, took] = times(run, Date.now());
  return h(
    "div",
    { class: "run-words" },
    h(
      "div",
      { class: "run-name" },
      h("a", { href: address, tabindex: "-1" }, run.operation),
      run.label ? h("span", { class: "label" }, run.label) : null,
    ),
    h(
      "div",
      { class: "run-when" },
      h("span", { title: moment(Date.parse(run.started ?? run.created)) }, since),
      took ? h("span", null, took) : null,
      h("code", null, run.id.slice(0, 8)),
      run.tags.map((tag) => h("span", { class: "tag" }, tag)),
    ),
  );
}

/**
 * Say when a run began and how long it took.
 *
 * @param {RunRow} run
 * @param {number} now milliseconds since the epoch
 * @returns {[string, string]}
 */
export function times(run, now) {
  const seconds = taken(run, now);
  return [ago(Date.parse(run.started ?? run.created), now), seconds === null ? "" : duration(seconds)];
}
