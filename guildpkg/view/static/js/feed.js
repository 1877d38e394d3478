/**
 * The one connection to `/api/events`, for all windows that listen: a browser opens six connections to a server, and a
 * window that kept one of its own would be the seventh that gets nothing at all.
 *
 * @typedef {(name: string, data: any) => void} Tell
 *   tells a window of an event: those of `/api/events`, and `lost` when there is no connection
 */

const AGAIN = 1000;
const SILENT = 70_000;

export class Feed {
  constructor() {
    /** @type {Map<Tell, {run: string, heard: number}>} the windows, which run each shows, and when it last said so */
    this.windows = new Map();
    /** @type {EventSource | null} the connection that stands */
    this.source = null;
    /** @type {EventSource | null} one that is to follow it, and has not said hello yet */
    this.coming = null;
    this.url = "";
    /** @type {{server: string, at: number} | null} what hello said, with the number of the last change */
    this.hello = null;
    /** @type {Map<string, unknown>} the last marks of each run */
    this.marks = new Map();
    setInterval(() => this.forgetSilent(), SILENT / 2);
  }

  /**
   * Tell a window of changes; of the parts of a run as well. It says so again and again while it is there.
   *
   * @param {Tell} tell
   * @param {string} run empty for none
   */
  watch(tell, run) {
    const before = this.windows.get(tell)?.run;
    this.windows.set(tell, { run, heard: Date.now() });
    if (before === run || this.connect() || !this.hello) return;
    // it hears at once what the others have heard before
    if (this.marks.has(run)) tell("run", { run, marks: this.marks.get(run) });
    tell("hello", this.hello);
  }

  /** @param {Tell} tell */
  leave(tell) {
    if (this.windows.delete(tell)) this.connect();
  }

  forgetSilent() {
    // a window that crashed has not said that it leaves
    for (const [tell, { heard }] of this.windows) if (Date.now() - heard > SILENT) this.leave(tell);
  }

  /**
   * Ask for what the windows show, if that is something else than before.
   *
   * @returns {boolean} whether a connection was opened for it
   */
  connect() {
    const runs = new Set([...this.windows.values()].map(({ run }) => run).filter(Boolean));
    for (const run of this.marks.keys()) if (!runs.has(run)) this.marks.delete(run);
    if (!this.windows.size) {
      this.close();
      return false;
    }
    const url = `/api/events?${[...runs].sort().map((run) => `run=${run}`).join("&")}`;
    if (url === this.url && (this.source || this.coming)) return false;
    this.open(url);
    return true;
  }

  /** @param {string} url */
  open(url) {
    this.url = url;
    this.coming?.close();
    const source = (this.coming = new EventSource(url));
    const hear = (/** @type {string} */ name, /** @type {(data: any) => void} */ handle) =>
      source.addEventListener(name, (event) => handle(JSON.parse(/** @type {MessageEvent} */ (event).data)));
    hear("hello", (said) => this.greet(source, said));
    hear("run", (told) => {
      this.marks.set(told.run, told.marks);
      for (const [tell, { run }] of this.windows) if (run === told.run) tell("run", told);
    });
    hear("runs", (told) => {
      if (this.hello) this.hello.at = Math.max(this.hello.at, told.at);
      this.tell("runs", told);
    });
    source.onerror = () => this.lose(source);
  }

  /**
   * @param {EventSource} source which takes the place of the one before, so that nothing is missed between them
   * @param {{server: string, at: number}} said
   */
  greet(source, said) {
    if (source === this.coming) {
      this.source?.close();
      this.source = source;
      this.coming = null;
    }
    this.hello = said;
    this.tell("hello", said);
  }

  /** @param {EventSource} source */
  lose(source) {
    source.close();
    if (source === this.coming) this.coming = null;
    if (source === this.source) {
      this.source = null;
      this.hello = null;
      this.tell("lost", null);
    }
    setTimeout(() => this.windows.size && !this.coming && !this.source && this.open(this.url), AGAIN);
  }

  close() {
    this.source?.close();
    this.coming?.close();
    this.source = this.coming = this.hello = null;
  }

  /**
   * @param {string} name
   * @param {unknown} data
   */
  tell(name, data) {
    for (const tell of this.windows.keys()) tell(name, data);
  }
}
