/** What a chart does not show by itself, in words. Pure. */

import { duration } from "../format.js";
import { plainKey } from "./chart_data.js";

/** @typedef {import("../types.js").Line} Line */

/**
 * @param {Line[]} lines
 * @param {import("./chart_data.js").Axis} axis
 * @param {boolean} log
 * @returns {string} a sentence, or nothing
 */
export function remarks(lines, axis, log) {
  const words = [
    restarted(lines, axis),
    paused(lines),
    lines.some((line) => line.values.includes(null)) ? "gaps are values that are no numbers" : "",
    log && lines.some((line) => line.values.some((value) => value !== null && value <= 0))
      ? "values up to zero have no place on this scale"
      : "",
    late(lines),
    thinned(lines),
  ].filter(Boolean);
  const text = words.join("; ");
  return text ? `${text[0].toUpperCase()}${text.slice(1)}.` : "";
}

/**
 * @param {Line[]} lines
 * @param {import("./chart_data.js").Axis} axis
 */
function restarted(lines, axis) {
  const restarts = sum(lines, (line) => line.restarts);
  if (!restarts) return "";
  const more = axis === "step" ? "what was done over is pale" : "the line is cut there";
  return `the step went back ${restarts === 1 ? "once" : `${restarts} times`}; ${more}`;
}

/** @param {Line[]} lines */
function paused(lines) {
  const pauses = lines.flatMap((line) => line.pauses);
  if (!pauses.length) return "";
  const longest = duration(Math.max(...pauses.map(([from, to]) => to - from)) / 1000);
  // lines of one run pause together
  const count = Math.max(...lines.map((line) => line.pauses.length));
  return count === 1 ? `nothing was logged for ${longest}` : `${count} long pauses, the longest of ${longest}`;
}

/**
 * An operation that goes into a run that is over, as `evaluate` does, leaves nothing else to tell it by.
 *
 * @param {Line[]} lines
 */
function late(lines) {
  const behind = lines.filter(({ stopped, times }) => stopped && times[0] > stopped);
  if (!behind.length) return "";
  const words = "written after the run had ended, as an evaluation does";
  if (behind.length === lines.length) return `all of it was ${words}`;
  return `${words}: ${[...new Set(behind.map((line) => plainKey(line.key)))].join(", ")}`;
}

/** @param {Line[]} lines */
function thinned(lines) {
  if (!lines.some((line) => line.shown < line.within)) return "";
  const shown = sum(lines, (line) => line.shown).toLocaleString("en-US");
  return `thinned out to ${shown} of ${sum(lines, (line) => line.within).toLocaleString("en-US")} points; zoom in for more`;
}

/**
 * @param {Line[]} lines
 * @param {(line: Line) => number} of
 */
function sum(lines, of) {
  return lines.reduce((total, line) => total + of(line), 0);
}
