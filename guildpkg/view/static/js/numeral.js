/** Numbers by the patterns of project files, as `core/series/numerals.py` writes them. Pure. */

import { plain } from "./format.js";

const PATTERN =
  /^([^0-9,.%()+[\]]*)(\()?(\+)?(0[0,]*)?(\[\.\]|\.)?(0*)(?:\[(0+)\])?( ?)(%|ib|b|a|e(?:\+0|-0)?)?(\))?([^0-9,.%()+[\]]*)$/;
const SHORT = ["", "k", "m", "b", "t"];
const BYTES = ["B", "KB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];
const MOST = 30;

/**
 * @typedef {{
 *   before: string, brackets: boolean, plus: boolean, digits: number, thousands: boolean, decimals: number,
 *   droppable: number, wholeOrNone: boolean, space: string, unit: string, behind: string
 * }} Form
 */

/** @type {Map<string, Form | null>} */
const known = new Map();

/**
 * Write a number by a pattern: `0.00%`, `0,0`, `0.0 b`, `00:00:00`, `0.0e`; without one, or by one that is none, with as
 * many digits as say something.
 *
 * @param {number | null} value
 * @param {string} pattern
 * @returns {string}
 */
export function numeral(value, pattern) {
  if (value === null || Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "-∞";
  if (pattern === "00:00:00") return clock(value);
  const form = pattern ? read(pattern) : null;
  return form ? written(value, form) : plain(value);
}

/**
 * @param {string} pattern
 * @returns {Form | null}
 */
function read(pattern) {
  let form = known.get(pattern);
  if (form === undefined) {
    form = parsed(pattern);
    known.set(pattern, form);
  }
  return form;
}

/**
 * @param {string} pattern
 * @returns {Form | null}
 */
function parsed(pattern) {
  const found = PATTERN.exec(pattern);
  if (!found) return null;
  const [, before, open, plus, whole = "", point, fixed = "", optional = "", space, unit = "", close, behind] = found;
  const decimals = fixed.length + optional.length;
  if (!(whole || decimals || unit === "%") || Boolean(open) !== Boolean(close) || decimals > MOST) return null;
  if (decimals && !point) return null;
  return {
    before,
    brackets: Boolean(open),
    plus: Boolean(plus),
    digits: whole.includes(",") ? 1 : Math.max(whole.length, 1),
    thousands: whole.includes(","),
    decimals,
    droppable: optional.length,
    wholeOrNone: point === "[.]",
    space,
    unit: unit.startsWith("e") ? "e" : unit,
    behind,
  };
}

/**
 * @param {number} value
 * @param {Form} form
 * @returns {string}
 */
function written(value, form) {
  let number = Math.abs(value);
  let unit = form.unit;
  if (unit === "b" || unit === "ib" || unit === "a") [number, unit] = scaled(number, form);
  const digits = unit === "e" ? exponential(number, form) : decimal(number, form);
  if (unit === "e") unit = "";
  const below = value < 0 && /[1-9]/.test(digits.split("e")[0]);
  const sign = below ? (form.brackets ? "" : "-") : form.plus ? "+" : "";
  const text = `${sign}${digits}${unit ? form.space : ""}${unit}`;
  const behind = form.unit ? form.behind : form.space + form.behind;
  return `${form.before}${form.brackets && below ? `(${text})` : text}${behind}`;
}

/**
 * Divide by as many thousands as leave at least one.
 *
 * @param {number} number
 * @param {Form} form
 * @returns {[number, string]} what remains, and its name
 */
function scaled(number, form) {
  const names = form.unit === "a" ? SHORT : BYTES;
  const base = form.unit === "ib" ? 1024 : 1000;
  let power = 0;
  while (power + 1 < names.length && Number(rounded(String(number / base ** power), form.decimals)) >= base) power += 1;
  const name = names[power];
  return [number / base ** power, form.unit === "ib" && power ? `${name[0]}iB` : name];
}

/**
 * @param {number} number
 * @param {Form} form
 * @returns {string}
 */
function decimal(number, form) {
  let [whole, decimals = ""] = (form.unit === "%" ? percent : rounded)(String(number), form.decimals).split(".");
  const kept = decimals.length - form.droppable;
  decimals = decimals.slice(0, kept) + decimals.slice(kept).replace(/0+$/, "");
  if (form.wholeOrNone && !/[1-9]/.test(decimals)) decimals = "";
  whole = form.thousands ? whole.replace(/\B(?=(\d{3})+$)/g, ",") : whole.padStart(form.digits, "0");
  return decimals ? `${whole}.${decimals}` : whole;
}

/**
 * @param {number} number
 * @param {Form} form
 * @returns {string}
 */
function exponential(number, form) {
  let [mantissa, power] = number.toExponential().split("e");
  mantissa = rounded(mantissa, form.decimals);
  if (Number(mantissa) >= 10) {
    mantissa = rounded("1", form.decimals);
    power = String(Number(power) + 1);
  }
  return `${mantissa}e${Number(power) < 0 ? "" : "+"}${Number(power)}`;
}

/**
 * Round a number and multiply it by a hundred, digit for digit: as a float, the greatest would become infinite.
 *
 * @param {string} number
 * @param {number} decimals
 * @returns {string}
 */
function percent(number, decimals) {
  const [whole, behind] = rounded(number, decimals + 2).split(".");
  const hundreds = (whole + behind.slice(0, 2)).replace(/^0+(?=\d)/, "");
  return decimals ? `${hundreds}.${behind.slice(2)}` : hundreds;
}

/**
 * Round the decimal digits of a number, halves away from zero; `toFixed` would round its binary value.
 *
 * @param {string} number
 * @param {number} decimals
 * @returns {string}
 */
function rounded(number, decimals) {
  const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals, useGrouping: false };
  return new Intl.NumberFormat("en-US", options).format(/** @type {Intl.StringNumericLiteral} */ (number));
}

/**
 * @param {number} seconds
 * @returns {string}
 */
function clock(seconds) {
  const whole = BigInt(rounded(String(Math.abs(seconds)), 0));
  const two = (/** @type {bigint} */ part) => String(part).padStart(2, "0");
  const sign = seconds < 0 && whole ? "-" : "";
  return `${sign}${whole / 3600n}:${two((whole / 60n) % 60n)}:${two(whole % 60n)}`;
}
