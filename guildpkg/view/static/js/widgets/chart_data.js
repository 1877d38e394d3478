/**
 * Lines of the API -> what uPlot draws. Pure.
 *
 * On the axis of steps a line is cut where the step went back: each stretch is a line of its own, and those that were
 * done over are pale. On the axes of time it is one line with a gap there, and a gap wherever nothing was logged for
 * long. NaN and infinities are gaps.
 *
 * @typedef {import("../types.js").Line} Line
 * @typedef {"step" | "relative" | "wall"} Axis
 * @typedef {{line: number, smooth: boolean, pale: boolean, x: number[], y: (number | null)[]}} Curve
 */

/**
 * Smooth values as TensorBoard does: a moving average whose beginning is not pulled towards zero.
 *
 * @param {(number | null)[]} values null for a gap
 * @param {number} weight from 0 (not at all) to below 1
 * @returns {(number | null)[]}
 */
export function smoothed(values, weight) {
  let last = 0;
  let seen = 0;
  return values.map((value) => {
    if (value === null) return null;
    last = last * weight + (1 - weight) * value;
    seen += 1;
    return last / (1 - weight ** seen);
  });
}

/**
 * Give the place of every point on an axis.
 *
 * @param {Line} line
 * @param {Axis} axis
 * @param {number} origin milliseconds since the epoch: zero of the relative axis
 * @returns {number[]} steps, seconds since *origin*, or seconds since the epoch
 */
export function places(line, axis, origin) {
  if (axis === "step") return line.steps;
  return line.times.map((time) => (axis === "relative" ? time - origin : time) / 1000);
}

/**
 * Make the curves of a chart.
 *
 * @param {Line[]} lines
 * @param {Axis} axis
 * @param {number} smoothing
 * @param {boolean} log leave out what a logarithm cannot show
 * @param {(line: Line) => number} originOf
 * @returns {Curve[]}
 */
export function curves(lines, axis, smoothing, log, originOf) {
  return lines.flatMap((line, index) => {
    const x = places(line, axis, originOf(line));
    const y = line.values.map((value) => (log && value !== null && value <= 0 ? null : value));
    const stretches = axis === "step" ? cuts(line.starts, x.length) : [[0, x.length]];
    const gaps = axis === "step" ? [] : gapsOf(line);
    return stretches.flatMap(([from, to], at) => {
      const over = at < stretches.length - 1;
      const places = x.slice(from, to);
      const raw = y.slice(from, to);
      const made = [{ smooth: false, pale: over || smoothing > 0, ...parted(places, raw, gaps) }];
      if (smoothing) made.push({ smooth: true, pale: over, ...parted(places, smoothed(raw, smoothing), gaps) });
      return made.map((curve) => ({ line: index, ...curve }));
    });
  });
}

/**
 * Find the points before which a line over time has a gap: where it was begun again, and behind a long pause.
 *
 * @param {Line} line
 * @returns {number[]} indexes, ascending
 */
function gapsOf(line) {
  const found = new Set(line.starts.slice(1));
  for (const [, resumed] of line.pauses) {
    const at = line.times.findIndex((time) => time >= resumed);
    if (at > 0) found.add(at);
  }
  return [...found].sort((a, b) => a - b);
}

/**
 * Put a point without a value into each gap: halfway, as places ascend.
 *
 * @param {number[]} x
 * @param {(number | null)[]} y
 * @param {number[]} gaps
 */
function parted(x, y, gaps) {
  if (!gaps.length) return { x, y };
  /** @type {{x: number[], y: (number | null)[]}} */
  const made = { x: [], y: [] };
  x.forEach((place, at) => {
    if (gaps.includes(at)) {
      made.x.push((x[at - 1] + place) / 2);
      made.y.push(null);
    }
    made.x.push(place);
    made.y.push(y[at]);
  });
  return made;
}

/**
 * @param {number[]} starts indexes at which stretches begin
 * @param {number} end
 */
function cuts(starts, end) {
  return starts.map((from, at) => [from, starts[at + 1] ?? end]).filter(([from, to]) => to > from);
}

/**
 * Find the point of a line that is nearest to a place.
 *
 * @param {number[]} x ascending but for restarts
 * @param {number[]} starts where stretches begin
 * @param {number} place
 * @returns {number} its index; -1 when there is none
 */
export function nearest(x, starts, place) {
  let best = -1;
  // of two equally near points the one of the later stretch counts
  for (const [from, to] of cuts(starts, x.length)) {
    let low = from;
    let high = to - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (x[middle] < place) low = middle + 1;
      else high = middle;
    }
    for (const at of [low - 1, low]) {
      if (at >= from && (best < 0 || Math.abs(x[at] - place) <= Math.abs(x[best] - place))) best = at;
    }
  }
  return best;
}

/**
 * Name a series as its script does: that it comes from an event file goes without saying.
 *
 * @param {string} key
 */
export function plainKey(key) {
  return key.replace(/^tf\//, "");
}

/**
 * Take from the names of lines what all of them begin and end with, at slashes.
 *
 * @param {string[]} names
 * @returns {string[]}
 */
export function shortened(names) {
  if (names.length < 2) return names.map(plainKey);
  const parts = names.map((name) => name.split("/"));
  const shortest = Math.min(...parts.map((part) => part.length));
  let head = 0;
  while (head < shortest - 1 && parts.every((part) => part[head] === parts[0][head])) head += 1;
  let tail = 0;
  while (tail < shortest - head - 1 && parts.every((part) => part.at(-1 - tail) === parts[0].at(-1 - tail))) tail += 1;
  return parts.map((part) => part.slice(head, part.length - tail).join("/"));
}
