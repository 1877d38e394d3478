/** The values that the project file puts on top: one panel for each `[field]`. */

import { fill, h, icon } from "../dom.js";

const ICONS = {
  accuracy: "accuracy",
  loss: "loss",
  entropy: "entropy",
  steps: "steps",
  time: "time",
  table: "table",
  upload: "upload",
  "line-chart": "default",
  "clock-o": "time",
};
const HUES = [
  "red",
  "pink",
  "purple",
  "indigo",
  "blue",
  "cyan",
  "teal",
  "green",
  "lime",
  "yellow",
  "amber",
  "orange",
  "brown",
  "grey",
];

/**
 * @param {string} name of the Material palette: green-700
 * @returns {string}
 */
function hue(name) {
  const words = name.toLowerCase().replace("gray", "grey").split("-");
  return words.find((word) => HUES.includes(word)) ?? "grey";
}

/**
 * Show values; panels that are there stay, and only their values change.
 *
 * @param {HTMLElement} into
 * @param {import("../types.js").Panel[]} fields
 */
export function panels(into, fields) {
  into.hidden = !fields.length;
  const look = JSON.stringify(fields.map(({ name, label, icon: sign, color }) => [name, label, sign, color]));
  if (into.dataset.look !== look) fill(into, fields.map(panel));
  into.dataset.look = look;
  into.querySelectorAll(".panel-value").forEach((value, at) => {
    const { text, unit } = fields[at];
    fill(value, text || "--", text && unit ? h("small", null, ` ${unit}`) : null);
  });
}

/** @param {import("../types.js").Panel} field */
function panel(field) {
  return h(
    "div",
    { class: `panel hue-${hue(field.color)}`, "data-field": field.name },
    icon(ICONS[/** @type {keyof typeof ICONS} */ (field.icon)] ?? "default"),
    h(
      "div",
      { class: "panel-words" },
      h("div", { class: "panel-value" }),
      h("div", { class: "panel-label" }, field.label || field.name),
    ),
  );
}
