/** What all charts of a page have in common: the axis and the smoothing, kept for the next time. */

import { h } from "../dom.js";

/** @typedef {import("./chart.js").View} View */

const KEY = "guild.charts";
/** @type {[import("./chart_data.js").Axis, string][]} */
const AXES = [
  ["step", "Step"],
  ["relative", "Relative"],
  ["wall", "Wall time"],
];

/** @returns {View} */
export function readView() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    const axis = AXES.some(([name]) => name === found.axis) ? found.axis : "step";
    const smoothing =
      typeof found.smoothing === "number" && found.smoothing >= 0 && found.smoothing < 1 ? found.smoothing : 0;
    return { axis, smoothing };
  } catch {
    return { axis: "step", smoothing: 0 };
  }
}

/** @param {View} view */
function keep(view) {
  try {
    localStorage.setItem(KEY, JSON.stringify(view));
  } catch {
    // then it is chosen again the next time
  }
}

/**
 * Make the bar.
 *
 * @param {View} view
 * @param {(view: View) => void} changed
 * @returns {HTMLElement}
 */
export function chartBar(view, changed) {
  let now = view;
  const change = (/** @type {Partial<View>} */ part) => {
    now = { ...now, ...part };
    keep(now);
    shown.textContent = now.smoothing ? now.smoothing.toFixed(2) : "off";
    for (const [name] of AXES) buttons[name].setAttribute("aria-pressed", String(name === now.axis));
    changed(now);
  };
  /** @type {Record<string, HTMLElement>} */
  const buttons = {};
  for (const [name, label] of AXES) {
    buttons[name] = h(
      "button",
      { type: "button", "aria-pressed": String(name === view.axis), onClick: () => change({ axis: name }) },
      label,
    );
  }
  const shown = h("output", { for: "smoothing" }, view.smoothing ? view.smoothing.toFixed(2) : "off");
  const slider = h("input", {
    id: "smoothing",
    type: "range",
    min: "0",
    max: "0.99",
    step: "0.01",
    value: view.smoothing,
    onInput: (/** @type {Event} */ event) =>
      change({ smoothing: Number(/** @type {HTMLInputElement} */ (event.target).value) }),
  });
  return h(
    "div",
    { class: "chart-bar" },
    h("div", { class: "group", role: "group", "aria-label": "Horizontal axis" }, Object.values(buttons)),
    h("label", { class: "smoothing" }, "Smoothing", slider, shown),
    h("span", { class: "tip" }, "Drag to zoom, double-click for the whole"),
  );
}
