/** Which runs the search field finds: words are looked for here, an expression by the server, which also has the trash. */

import { get, Refused } from "../api.js";
import { h, icon, later } from "../dom.js";
import { isExpression, searched } from "./run_order.js";

/** @typedef {import("../types.js").RunRow} RunRow */

export class RunSearch {
  /** @param {() => void} found called when other runs are found */
  constructor(found) {
    this.found = found;
    this.deleted = false;
    /** @type {Set<string> | null} what an expression takes */
    this.taken = null;
    /** @type {string[]} */
    this.words = [];
    /** @type {RunRow[]} */
    this.trash = [];
    this.field = /** @type {HTMLInputElement} */ (
      h("input", {
        type: "search",
        id: "search",
        placeholder: "Search, or filter: status = error",
        "aria-label": "Search runs by words, or filter them by an expression",
        autocomplete: "off",
        spellcheck: "false",
      })
    );
    /** Look again in a moment. */
    this.wish = later(200, () => void this.look());
    this.field.addEventListener("input", this.wish);
    this.element = h("div", { class: "searchbox" }, icon("search"), this.field);
    this.trouble = h("p", { class: "trouble", role: "alert", hidden: true });
  }

  /** Tell whether what is found depends on more than the rows that the page has. */
  get isAsked() {
    return this.taken !== null || this.deleted;
  }

  /** Find anew. Until the server has answered all stays as it is. */
  async look() {
    const text = this.field.value.trim();
    const { deleted } = this;
    const [asked, trash] = await Promise.all([this.ask(text), deleted ? this.rowsOf("deleted=yes") : []]);
    if (text !== this.field.value.trim() || deleted !== this.deleted) return;
    this.trash = trash;
    this.taken = asked.taken;
    this.words = asked.taken || asked.trouble ? [] : text.toLowerCase().split(/\s+/).filter(Boolean);
    this.trouble.hidden = !asked.trouble;
    this.trouble.textContent = asked.trouble;
    this.found();
  }

  /** Find everything. */
  async reset() {
    this.field.value = "";
    await this.look();
  }

  /**
   * Take of some runs those that are looked for.
   *
   * @param {RunRow[]} rows
   * @returns {RunRow[]}
   */
  among(rows) {
    const { taken, words } = this;
    const kept = taken ? rows.filter((row) => taken.has(row.id)) : rows;
    return words.length ? kept.filter((row) => words.every((word) => searched(row).includes(word))) : kept;
  }

  /**
   * Ask what an expression takes.
   *
   * @param {string} text
   * @returns {Promise<{taken: Set<string> | null, trouble: string}>} taken: null when the text is none
   */
  async ask(text) {
    if (!text || !isExpression(text)) return { taken: null, trouble: "" };
    try {
      const found = await this.rowsOf(`filter=${encodeURIComponent(text)}${this.deleted ? "&deleted=yes" : ""}`);
      return { taken: new Set(found.map((row) => row.id)), trouble: "" };
    } catch (error) {
      // "loss is low" is no expression, and nothing is wrong with looking for these words
      const words = !(error instanceof Refused) || (error.status === 400 && !/[=<>]/.test(text));
      if (words) return { taken: null, trouble: "" };
      return { taken: null, trouble: error.hint ? `${error.message} (${error.hint})` : error.message };
    }
  }

  /**
   * @param {string} query
   * @returns {Promise<RunRow[]>}
   */
  async rowsOf(query) {
    return (await /** @type {Promise<{runs: RunRow[]}>} */ (get(`runs?${query}`))).runs;
  }
}
