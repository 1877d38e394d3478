/** The list of runs, kept up to date for whoever shows it. */

import { get, listen, readConfig } from "./api.js";

/** @typedef {import("./types.js").RunRow} RunRow */

export class Runs {
  constructor() {
    /** @type {Map<string, RunRow>} */
    this.rows = new Map();
    /** @type {import("./types.js").Config | null} */
    this.config = null;
    this.loaded = false;
    this.connected = false;
    /** @type {Set<() => void>} */
    this.listeners = new Set();
    /** @type {Set<(marks: Record<string, unknown>) => void>} */
    this.watchers = new Set();
    this.watched = "";
    /** @type {() => void} */
    this.stop = () => {};
  }

  /** @returns {RunRow[]} newest first */
  list() {
    return [...this.rows.values()];
  }

  /**
   * Watch the parts of a run too; empty for none.
   *
   * @param {string} run
   */
  watch(run) {
    if (run === this.watched && this.connected) return;
    this.watched = run;
    this.stop();
    this.stop = listen(run, {
      hello: () => void this.load(),
      lost: () => this.lost(),
      runs: (change) => this.change(change),
      run: (marks) => {
        for (const tell of this.watchers) tell(marks);
      },
    });
  }

  /** Load everything: at the start, and after each break. */
  async load() {
    try {
      const [config, found] = await Promise.all([readConfig(), /** @type {Promise<{runs: RunRow[]}>} */ (get("runs"))]);
      this.config = config;
      this.rows = new Map(found.runs.map((row) => [row.id, row]));
      this.loaded = true;
      this.connected = true;
    } catch {
      this.connected = false;
    }
    this.tell();
  }

  lost() {
    if (!this.connected) return;
    this.connected = false;
    this.tell();
  }

  /**
   * @param {{changed: RunRow[], gone: string[]}} change
   */
  change(change) {
    for (const run of change.gone) this.rows.delete(run);
    let grown = false;
    for (const row of change.changed) {
      grown ||= !this.rows.has(row.id);
      this.rows.set(row.id, row);
    }
    if (grown) {
      const sorted = this.list().sort((a, b) => (a.created < b.created ? 1 : a.created > b.created ? -1 : 0));
      this.rows = new Map(sorted.map((row) => [row.id, row]));
    }
    this.tell();
  }

  tell() {
    for (const listener of [...this.listeners]) listener();
  }
}
