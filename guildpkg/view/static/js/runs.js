/** The list of runs, kept up to date for whoever shows it. */

import { get, readConfig } from "./api.js";
import { inTurn } from "./dom.js";
import { FeedLink } from "./feed_link.js";

/** @typedef {import("./types.js").RunRow} RunRow */
/** @typedef {{changed: RunRow[], gone: string[]}} Change */

const AGAIN = 2000;

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
    /** Which change the rows are of: the server that told of it, and its number. */
    this.server = "";
    this.at = 0;
    /** @type {Change[] | null} what came while everything is being loaded */
    this.meanwhile = null;
    this.link = new FeedLink({
      hello: (said) => this.greet(said),
      lost: () => this.lost(),
      runs: (change) => this.told(change),
      run: ({ run, marks }) => {
        if (run === this.watched) for (const tell of this.watchers) tell(marks);
      },
    });
    this.load = inTurn(() => this.loadNow());
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
    this.watched = run;
    this.link.watch(run);
  }

  /**
   * Load everything at the start, and after a break in which there were changes.
   *
   * @param {{server: string, at: number}} said
   */
  greet({ server, at }) {
    const missed = !this.loaded || server !== this.server || at !== this.at;
    this.server = server;
    this.at = at;
    if (missed) void this.load();
    else if (!this.connected) {
      this.connected = true;
      this.tell();
    }
  }

  async loadNow() {
    this.meanwhile = [];
    try {
      const [config, found] = await Promise.all([readConfig(), /** @type {Promise<{runs: RunRow[]}>} */ (get("runs"))]);
      this.config = config;
      this.rows = new Map(found.runs.map((row) => [row.id, row]));
      this.loaded = true;
      this.connected = true;
      for (const change of this.meanwhile) this.take(change);
    } catch {
      this.connected = false;
      setTimeout(() => void this.load(), AGAIN);
    }
    this.meanwhile = null;
    this.tell();
  }

  lost() {
    if (!this.connected) return;
    this.connected = false;
    this.tell();
  }

  /** @param {Change & {at: number}} change */
  told(change) {
    const missed = change.at > this.at + 1;
    this.at = Math.max(this.at, change.at);
    if (missed) void this.load();
    else if (this.meanwhile) this.meanwhile.push(change);
    else this.change(change);
  }

  /** @param {Change} change */
  change(change) {
    this.take(change);
    this.tell();
  }

  /** @param {Change} change */
  take(change) {
    for (const run of change.gone) this.rows.delete(run);
    let grown = false;
    for (const row of change.changed) {
      grown ||= !this.rows.has(row.id);
      this.rows.set(row.id, row);
    }
    if (!grown) return;
    const sorted = this.list().sort((a, b) => (a.created < b.created ? 1 : a.created > b.created ? -1 : 0));
    this.rows = new Map(sorted.map((row) => [row.id, row]));
  }

  tell() {
    for (const listener of [...this.listeners]) listener();
  }
}
