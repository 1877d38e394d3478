/** Finds lines in all that a run printed, however long it is; the server looks for them. */

import { get } from "../api.js";
import { button, fill, h, icon, later } from "../dom.js";
import { size } from "../format.js";
import { printable, settled } from "./screen.js";

/** @typedef {import("../types.js").Found} Found */

export class OutputSearch {
  /**
   * @param {string} run
   * @param {[string, string][]} whose the parameter that says whose output it is
   * @param {(at: number) => void} jump called with the first byte of a line that was chosen
   */
  constructor(run, whose, jump) {
    this.run = run;
    this.whose = whose;
    /** @type {AbortController | null} the search that goes on */
    this.going = null;
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

  /** End the search that goes on: the server stops as soon as nobody waits for it. */
  giveUp() {
    this.going?.abort();
    this.going = null;
  }

  /**
   * Look for the text of the search field; a search that goes on is given up.
   *
   * @param {number} from byte
   */
  async find(from) {
    this.giveUp();
    const text = this.field.value;
    if (!text) {
      this.found.hidden = true;
      fill(this.found);
      return;
    }
    const going = (this.going = new AbortController());
    try {
      let result = await this.ask(text, from, going.signal);
      // one answer is about a part of a long output: it goes on until there is something to show
      while (!result.found.length && result.next !== null) {
        this.say(h("p", { class: "note" }, `Not in the first ${size(result.next)}; looking further …`));
        result = await this.ask(text, result.next, going.signal);
      }
      this.show(text, result);
    } catch (error) {
      if (!going.signal.aborted) throw error;
    } finally {
      if (this.going === going) this.going = null;
    }
  }

  /**
   * @param {string} text
   * @param {number} from
   * @param {AbortSignal} signal
   * @returns {Promise<Found>}
   */
  ask(text, from, signal) {
    const asked = new URLSearchParams([["text", text], ["start", String(from)], ...this.whose]);
    return get(`runs/${this.run}/search?${asked}`, signal);
  }

  /** @param {...import("../dom.js").Child} what */
  say(...what) {
    this.found.hidden = false;
    fill(this.found, ...what);
  }

  /**
   * @param {string} text
   * @param {Found} result
   */
  show(text, result) {
    const rows = result.found.map((hit) =>
      h(
        "button",
        { type: "button", class: "hit", onClick: () => this.jump(hit.start) },
        marked(printable(settled(hit.text)), text),
      ),
    );
    const count = `${rows.length} ${rows.length === 1 ? "line" : "lines"}`;
    const said = result.next === null ? count : `${count}, and there may be more`;
    this.say(
      h("p", { class: "note" }, rows.length ? said : "No line holds this."),
      ...rows,
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
