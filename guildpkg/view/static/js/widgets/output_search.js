/** Finds lines in all that a run printed, however long it is; the server looks for them. */

import { get } from "../api.js";
import { button, fill, h, icon, later } from "../dom.js";
import { printable, settled } from "./screen.js";

export class OutputSearch {
  /**
   * @param {string} run
   * @param {(at: number) => void} jump called with the first byte of a line that was chosen
   */
  constructor(run, jump) {
    this.run = run;
    this.jump = jump;
    this.field = /** @type {HTMLInputElement} */ (
      h("input", {
        type: "search",
        placeholder: "Find in the output",
        "aria-label": "Find in the output",
        autocomplete: "off",
      })
    );
    this.field.addEventListener(
      "input",
      later(250, () => void this.find(0)),
    );
    this.element = h("div", { class: "searchbox" }, icon("search"), this.field);
    this.found = h("div", { class: "found", hidden: true });
  }

  /**
   * Look for the text of the search field.
   *
   * @param {number} from byte
   */
  async find(from) {
    const text = this.field.value;
    if (!text) {
      this.found.hidden = true;
      fill(this.found);
      return;
    }
    const result = await /** @type {Promise<import("../types.js").Found>} */ (
      get(`runs/${this.run}/search?text=${encodeURIComponent(text)}&start=${from}`)
    );
    if (text !== this.field.value) return;
    const rows = result.found.map((hit) =>
      h(
        "button",
        { type: "button", class: "hit", onClick: () => this.jump(hit.start) },
        marked(printable(settled(hit.text)), text),
      ),
    );
    this.found.hidden = false;
    fill(
      this.found,
      h(
        "p",
        { class: "note" },
        result.found.length
          ? `${result.next === null ? "" : "The first "}${result.found.length} ${result.found.length === 1 ? "line" : "lines"}`
          : result.next === null
            ? "No line holds this."
            : "No line holds this so far; there is more to look through.",
      ),
      rows,
      result.next === null ? null : button("More", () => void this.find(/** @type {number} */ (result.next))),
    );
  }
}

/**
 * Mark a text within a line.
 *
 * @param {string} line
 * @param {string} text
 */
function marked(line, text) {
  const at = line.toLowerCase().indexOf(text.toLowerCase());
  if (at < 0) return [line];
  return [line.slice(0, at), h("mark", null, line.slice(at, at + text.length)), line.slice(at + text.length)];
}
