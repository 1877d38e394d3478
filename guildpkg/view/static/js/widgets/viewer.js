/** What a file holds: a picture, a table, or text; a part of it when it is large. */

import { bytes, fileUrl } from "../api.js";
import { button, fill, h, icon } from "../dom.js";
import { size } from "../format.js";
import { cut, printable } from "./screen.js";

/** @typedef {import("../types.js").Entry} Entry */

const IMAGE = /\.(png|jpe?g|gif|webp|bmp)$/i;
const TABLE = /\.(csv|tsv)$/i;
const PART = 1 << 18;
const MOST_ROWS = 2000;

/**
 * Show a file.
 *
 * @param {HTMLElement} into
 * @param {string} run
 * @param {string} root
 * @param {Entry} entry
 */
export async function show(into, run, root, entry) {
  const url = fileUrl(run, root, entry.path);
  const name = printable(entry.name);
  const head = h(
    "div",
    { class: "bar" },
    h("b", null, name),
    h("span", { class: "note" }, size(entry.size)),
    h(
      "a",
      { class: "button", href: fileUrl(run, root, entry.path, { download: "yes" }), download: name },
      icon("download"),
      "Download",
    ),
  );
  if (IMAGE.test(entry.name)) {
    const broken = h("p", { class: "placeholder", hidden: true }, "This is no picture that a browser can show.");
    const picture = h("img", { src: url, alt: name, onError: () => (broken.hidden = !(picture.hidden = true)) });
    fill(into, head, h("div", { class: "picture" }, picture, broken));
    return;
  }
  const body = h("div", { class: "body", tabindex: "0" }, h("p", { class: "placeholder" }, "Loading …"));
  fill(into, head, body);
  try {
    const { size: whole, bytes: found } = await bytes(fileUrl(run, root, entry.path, { limit: PART }));
    if (binary(found))
      fill(
        body,
        hex(found.slice(0, 4096)),
        h("p", { class: "note" }, whole > 4096 ? `The first 4096 of ${whole.toLocaleString()} bytes` : ""),
      );
    else if (TABLE.test(entry.name))
      fill(body, table(decode(found), /\.tsv$/i.test(entry.name) ? "\t" : ","), left(found, whole));
    else await pages(body, run, root, entry, found, whole);
  } catch (error) {
    fill(body, h("p", { class: "placeholder" }, error instanceof Error ? error.message : String(error)));
  }
}

/** @param {Uint8Array} found */
function decode(found) {
  return new TextDecoder("utf-8").decode(found);
}

/** @param {Uint8Array} found */
function binary(found) {
  return found.slice(0, 8192).includes(0);
}

/**
 * @param {Uint8Array} found
 * @param {number} whole
 */
function left(found, whole) {
  return found.length < whole ? h("p", { class: "note" }, `The first ${size(found.length)} of ${size(whole)}`) : null;
}

/**
 * Show text, with a button for more of it.
 *
 * @param {HTMLElement} body
 * @param {string} run
 * @param {string} root
 * @param {Entry} entry
 * @param {Uint8Array} first
 * @param {number} whole
 */
async function pages(body, run, root, entry, first, whole) {
  const decoder = new TextDecoder("utf-8");
  const text = h("pre", { class: "text" });
  let at = 0;
  const take = (/** @type {Uint8Array} */ found) => {
    at += found.length;
    const lines = decoder.decode(found, { stream: at < whole }).split("\n");
    text.append(
      lines
        .map((line) => {
          const { shown, left: rest } = cut(printable(line.replace(/\r$/, "")));
          return rest ? `${shown} … ${rest.toLocaleString()} more characters` : shown;
        })
        .join("\n"),
    );
  };
  take(first);
  const more = button("More", async () => {
    const { bytes: found } = await bytes(fileUrl(run, root, entry.path, { start: at, limit: PART }));
    take(found);
    more.hidden = at >= whole || !found.length;
  });
  more.hidden = at >= whole;
  fill(body, whole ? text : h("p", { class: "placeholder" }, "The file is empty."), more);
}

/** @param {Uint8Array} found */
function hex(found) {
  const lines = [];
  for (let at = 0; at < found.length; at += 16) {
    const part = [...found.slice(at, at + 16)];
    const numbers = part.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const signs = part.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : ".")).join("");
    lines.push(`${at.toString(16).padStart(8, "0")}  ${numbers.padEnd(48)} ${signs}`);
  }
  return h("pre", { class: "text hex" }, lines.join("\n"));
}

/**
 * Show separated values as a table.
 *
 * @param {string} text
 * @param {string} separator
 */
function table(text, separator) {
  const rows = separated(text, separator);
  const [head = [], ...body] = rows;
  return h(
    "table",
    { class: "sheet" },
    h(
      "thead",
      null,
      h(
        "tr",
        null,
        head.map((cell) => h("th", { scope: "col" }, printable(cell))),
      ),
    ),
    h(
      "tbody",
      null,
      body.map((row) =>
        h(
          "tr",
          null,
          row.map((cell) => h("td", null, cut(printable(cell)).shown)),
        ),
      ),
    ),
  );
}

/**
 * Read separated values as RFC 4180 has them, at most so many rows.
 *
 * @param {string} text
 * @param {string} separator
 * @returns {string[][]}
 */
export function separated(text, separator) {
  const rows = [];
  /** @type {string[]} */
  let row = [];
  let cell = "";
  let quoted = false;
  for (let at = 0; at < text.length && rows.length < MOST_ROWS; at += 1) {
    const sign = text[at];
    if (quoted) {
      if (sign === '"' && text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else if (sign === '"') quoted = false;
      else cell += sign;
    } else if (sign === '"' && !cell) quoted = true;
    else if (sign === separator) {
      row.push(cell);
      cell = "";
    } else if (sign === "\n") {
      rows.push([...row, cell.replace(/\r$/, "")]);
      row = [];
      cell = "";
    } else cell += sign;
  }
  if ((cell || row.length) && rows.length < MOST_ROWS) rows.push([...row, cell]);
  return rows;
}
