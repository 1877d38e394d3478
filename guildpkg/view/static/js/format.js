/** Numbers, sizes and times for people, in the reader's zone. Pure. */

const UNITS = ["B", "KB", "MB", "GB", "TB", "PB"];

/**
 * Write a number with as many digits as say something.
 *
 * @param {number} value
 * @returns {string}
 */
export function plain(value) {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return value.toExponential(3).replace(/\.?0+e/, "e");
  return String(Number(value.toPrecision(6)));
}

/**
 * Write bytes.
 *
 * @param {number} value
 * @param {number} digits behind the point
 * @returns {string}
 */
export function size(value, digits = 1) {
  let power = 0;
  let rest = Math.abs(value);
  while (rest >= 1024 && power < UNITS.length - 1) {
    rest /= 1024;
    power += 1;
  }
  return `${value < 0 ? "-" : ""}${rest.toFixed(power ? digits : 0)} ${UNITS[power]}`;
}

/** @param {number} value */
function two(value) {
  return String(value).padStart(2, "0");
}

/**
 * Say how long something took.
 *
 * @param {number} seconds
 * @returns {string}
 */
export function duration(seconds) {
  if (seconds < 0.95) return `${Math.max(0, Math.round(seconds * 1000))} ms`;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} days ${hours % 24} h`;
}

/**
 * Write a moment.
 *
 * @param {number} milliseconds since the epoch
 * @returns {string}
 */
export function moment(milliseconds) {
  const at = new Date(milliseconds);
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/**
 * Say how long ago something was, roughly.
 *
 * @param {number} milliseconds since the epoch
 * @param {number} now the same
 * @returns {string}
 */
export function ago(milliseconds, now) {
  const seconds = Math.max(0, (now - milliseconds) / 1000);
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  if (seconds < 86400 * 14) return `${Math.floor(seconds / 86400)} d ago`;
  return moment(milliseconds).slice(0, 10);
}

/**
 * Say how long a run has taken, so far when it is not over.
 *
 * @param {{started: string | null, stopped: string | null, status: string}} run
 * @param {number} now milliseconds since the epoch
 * @returns {number | null} seconds; null when nobody knows
 */
export function taken(run, now) {
  if (!run.started) return null;
  const end = run.stopped ? Date.parse(run.stopped) : run.status === "running" ? now : null;
  return end === null ? null : (end - Date.parse(run.started)) / 1000;
}

/**
 * Write any value as text.
 *
 * @param {unknown} value
 * @returns {string}
 */
export function text(value) {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
