/** How this window hears of changes: from the connection that all windows share, or one of its own where none is shared. */

import { Feed } from "./feed.js";

/** @typedef {import("./feed.js").Tell} Tell */
/** @typedef {{watch: (run: string) => void, leave: () => void}} Ear */

const HERE = 20_000;
/** Windows of different versions do not share a worker: the number goes up when what they say to it changes. */
const WORKER = "guild-feed-1";

export class FeedLink {
  /** @param {Record<string, (data: any) => void>} handlers by name of the event; `lost` when there is no connection */
  constructor(handlers) {
    /** @type {Tell} */
    this.tell = (name, data) => handlers[name]?.(data);
    /** @type {string | null} null before there is anything to listen for */
    this.run = null;
    this.ear = typeof SharedWorker === "undefined" ? this.own() : this.shared();
    document.addEventListener("visibilitychange", () => this.say());
    addEventListener("pagehide", () => this.ear.leave());
    addEventListener("pageshow", () => this.say());
    setInterval(() => this.say(), HERE);
  }

  /**
   * Hear of changes, and of those of the parts of a run.
   *
   * @param {string} run empty for none
   */
  watch(run) {
    this.run = run;
    this.say();
  }

  /** Say what this window listens for. One that nobody sees listens for nothing, and catches up when it is seen. */
  say() {
    if (this.run === null) return;
    if (document.hidden) this.ear.leave();
    else this.ear.watch(this.run);
  }

  /** @returns {Ear} */
  own() {
    const feed = new Feed();
    return { watch: (run) => feed.watch(this.tell, run), leave: () => feed.leave(this.tell) };
  }

  /** @returns {Ear} */
  shared() {
    const worker = new SharedWorker("/static/js/feed_worker.js", { name: WORKER, type: "module" });
    worker.port.onmessage = ({ data }) => this.tell(data.name, data.data);
    worker.onerror = () => {
      this.ear = this.own();
      this.say();
    };
    return {
      watch: (run) => worker.port.postMessage({ run }),
      leave: () => worker.port.postMessage({ leaves: true }),
    };
  }
}
