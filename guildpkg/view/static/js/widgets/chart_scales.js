/** What the axes of a chart reach from and to, and how much room their words need. Pure. */

/**
 * Make as much room as the longest word on the axis needs.
 *
 * @param {any} _
 * @param {string[] | null} words
 */
export function axisWidth(_, words) {
  return 20 + 7.2 * Math.max(3, ...(words ?? []).map((word) => word.length));
}

/**
 * @param {any} _
 * @param {number | null} low
 * @param {number | null} high
 * @returns {[number, number]}
 */
export function linearRange(_, low, high) {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  const room = (high - low) * 0.06 || Math.abs(high) * 0.1 || 1;
  // what is never negative does not need an axis below zero
  return [low >= 0 && low - room < 0 ? 0 : low - room, high + room];
}

/**
 * @param {any} _
 * @param {number | null} low
 * @param {number | null} high
 * @returns {[number, number]}
 */
export function logRange(_, low, high) {
  if (!low || !high || low <= 0) return [1, 10];
  return [
    10 ** Math.floor(Math.log10(low)),
    10 ** Math.max(Math.ceil(Math.log10(high)), Math.floor(Math.log10(low)) + 1),
  ];
}
