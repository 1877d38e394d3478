/** Which runs a search finds, and in which order they stand. Pure. */

import { taken } from "../format.js";

/** @typedef {import("../types.js").RunRow} RunRow */

export const ORDERS = {
  newest: "Newest first",
  oldest: "Oldest first",
  longest: "Longest first",
  operation: "By operation",
  status: "By status",
  label: "By label",
};
const EXPRESSION = /[=<>]|\b(and|or|not|in|is|contains)\b/;

/**
 * Tell a filter expression from words to look for.
 *
 * @param {string} text
 */
export function isExpression(text) {
  return EXPRESSION.test(text);
}

/**
 * Give what words are looked for in.
 *
 * @param {RunRow} row
 */
export function searched(row) {
  return `${row.id} ${row.operation} ${row.status} ${row.detail ?? ""} ${row.label} ${row.tags.join(" ")} ${row.package ?? ""}`.toLowerCase();
}

/**
 * Put runs in order.
 *
 * @param {RunRow[]} rows newest first
 * @param {string} order
 */
export function ordered(rows, order) {
  if (order === "newest") return rows;
  if (order === "oldest") return [...rows].reverse();
  if (order === "longest") {
    const now = Date.now();
    const key = new Map(rows.map((row) => [row.id, taken(row, now) ?? -1]));
    return [...rows].sort((a, b) => (key.get(b.id) ?? 0) - (key.get(a.id) ?? 0));
  }
  const name = /** @type {"operation" | "status" | "label"} */ (order);
  // what has no label comes last
  return [...rows].sort((a, b) => Number(!a[name]) - Number(!b[name]) || a[name].localeCompare(b[name]));
}
