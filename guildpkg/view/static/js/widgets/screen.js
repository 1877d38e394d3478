/** What a terminal would show of some text: carriage returns, backspaces and erasing done, colours left out. Pure. */

const CONTROL = /\x1b\[([0-9;?]*)([ -/]*)([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_]/g;
const ODD = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;
export const LONGEST = 4000;

/**
 * Show one line, without its line feed, as a terminal leaves it.
 *
 * @param {string} line
 * @returns {string}
 */
export function settled(line) {
  const clean = line.replace(CONTROL, (whole, numbers, _, command) =>
    command === "K" ? (numbers === "1" || numbers === "2" ? "\u0001" : "\u0002") : "",
  );
  if (!/[\r\b\u0001\u0002]/.test(clean)) return printable(clean);
  /** @type {string[]} */
  let cells = [];
  let at = 0;
  for (const sign of clean) {
    if (sign === "\r") at = 0;
    else if (sign === "\b") at = Math.max(0, at - 1);
    else if (sign === "\u0001") cells = cells.fill(" ", 0, cells.length);
    else if (sign === "\u0002") cells.length = Math.min(cells.length, at);
    else {
      while (cells.length < at) cells.push(" ");
      cells[at] = sign;
      at += 1;
    }
  }
  return printable(cells.join("").trimEnd());
}

/**
 * Make control characters visible: nothing in a text may turn it around or hide a part of it.
 *
 * @param {string} text
 * @returns {string}
 */
export function printable(text) {
  return text.replace(ODD, (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/**
 * Cut what is too long for a page.
 *
 * @param {string} line
 * @returns {{shown: string, left: number}} and how many characters were left out
 */
export function cut(line) {
  return line.length > LONGEST
    ? { shown: line.slice(0, LONGEST), left: line.length - LONGEST }
    : { shown: line, left: 0 };
}
