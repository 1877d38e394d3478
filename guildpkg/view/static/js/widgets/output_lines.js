/** The output of a run, cut into lines as a terminal would leave them. */

import { h } from "../dom.js";
import { moment } from "../format.js";
import { cut, settled } from "./screen.js";

/** @typedef {{stream: string, time: number, text: string}} OutputLine */

/**
 * Make rows of a part.
 *
 * @param {import("../types.js").OutputPart} part
 * @param {OutputLine | null} begun a line whose beginning came before
 * @returns {{rows: HTMLElement[], open: (OutputLine & {element: HTMLElement}) | null}} open: the last one, when it has
 *   no end yet
 */
export function cutLines(part, begun) {
  /** @type {HTMLElement[]} */
  const rows = [];
  /** @type {OutputLine | null} */
  let open = begun;
  const encoder = new TextEncoder();
  let at = part.start - (begun ? encoder.encode(begun.text).length : 0);
  for (const [stream, time, text] of part.chunks) {
    const pieces = text.split("\n");
    pieces.forEach((piece, index) => {
      const line =
        open && (open.stream === stream || !open.text)
          ? { stream, time: open.text ? open.time : time, text: open.text + piece }
          : { stream, time, text: piece };
      if (open && open.text && open.stream !== stream) {
        rows.push(row(open, at));
        at += encoder.encode(open.text).length;
      }
      if (index < pieces.length - 1) {
        rows.push(row(line, at));
        at += encoder.encode(line.text).length + 1;
        open = null;
      } else {
        open = line;
      }
    });
  }
  if (!open?.text) return { rows, open: null };
  const element = row(open, at);
  rows.push(element);
  return { rows, open: { ...open, element } };
}

/**
 * @param {OutputLine} line
 * @param {number} at its first byte
 */
function row(line, at) {
  const { shown, left } = cut(settled(line.text));
  return h(
    "div",
    {
      class: line.stream === "stderr" ? "line err" : "line",
      "data-at": at,
      title: line.time ? moment(line.time) : null,
    },
    shown || " ",
    left ? h("i", { class: "note" }, ` … ${left.toLocaleString("en-US")} more characters; see the download`) : null,
  );
}
