/** What a run printed: the end of it, followed live; earlier parts come as one scrolls up. Never all of 100 MB. */

import { get } from "../api.js";
import { button, fill, h, icon } from "../dom.js";
import { size } from "../format.js";
import { cutLines } from "./output_lines.js";
import { OutputSearch } from "./output_search.js";

/** @typedef {import("../types.js").OutputPart} OutputPart */

const PART = 1 << 17;
const MOST_LINES = 12_000;

export class Output {
  /**
   * @param {string} run
   * @param {string} of name of an operation that went into it; empty for the run itself
   */
  constructor(run, of) {
    this.run = run;
    /** @type {[string, string][]} */
    this.whose = of ? [["of", of]] : [];
    this.start = 0;
    this.end = 0;
    this.size = 0;
    this.follow = true;
    this.busy = false;
    this.again = false;
    /** @type {(import("./output_lines.js").OutputLine & {element: HTMLElement}) | null} a line that has no end yet */
    this.open = null;
    this.search = new OutputSearch(run, this.whose, (at) => void this.jump(at));
    this.following = button("Follow", () => this.setFollow(!this.follow), {
      pressed: true,
      title: "Stay at the end while there is more",
    });
    this.told = h("span", { class: "note" });
    this.download = h(
      "a",
      {
        class: "button",
        href: `/api/runs/${run}/raw-output?${new URLSearchParams(this.whose)}`,
        download: `output-${of || run.slice(0, 8)}.txt`,
      },
      icon("download"),
      "Download",
    );
    this.lines = h("div", { class: "lines", role: "log", "aria-label": "Output", tabindex: "0" });
    this.lines.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.element = h(
      "section",
      { class: "output" },
      h(
        "div",
        { class: "bar" },
        this.search.element,
        this.following,
        this.download,
        this.told,
      ),
      this.search.found,
      this.lines,
    );
  }

  /** Load what is new; called at the beginning and whenever there is more. */
  async refresh() {
    if (this.busy) {
      this.again = true;
      return;
    }
    this.busy = true;
    try {
      if (this.follow) await this.toEnd();
      else this.say(await this.ask({ after: this.size, limit: 1 }));
    } catch (error) {
      this.told.textContent = error instanceof Error ? error.message : String(error);
    } finally {
      this.busy = false;
    }
    if (this.again) {
      this.again = false;
      void this.refresh();
    }
  }

  async toEnd() {
    let part = await this.ask(this.end ? { after: this.end, limit: PART } : { limit: PART });
    if (this.end && part.size - this.end > 4 * PART) {
      this.clear();
      part = await this.ask({ limit: PART });
    }
    if (part.size < this.end) this.clear();
    this.append(part);
    this.say(part);
    if (part.end > part.start && part.end < part.size) this.again = true;
    if (this.follow) this.lines.scrollTop = this.lines.scrollHeight;
  }

  /**
   * @param {Record<string, number>} given
   * @returns {Promise<OutputPart>}
   */
  ask(given) {
    const numbers = Object.entries(given).map(([name, value]) => [name, String(value)]);
    return get(`runs/${this.run}/output?${new URLSearchParams([...numbers, ...this.whose])}`);
  }

  /** @param {OutputPart} part */
  say(part) {
    this.size = part.size;
    this.told.textContent = part.size ? `${size(part.size)}${part.over ? "" : ", still running"}` : "";
    if (!part.size)
      fill(this.lines, h("p", { class: "placeholder" }, part.over ? "It printed nothing." : "Nothing printed yet."));
  }

  clear() {
    fill(this.lines);
    this.open = null;
    this.start = 0;
    this.end = 0;
  }

  /** @param {OutputPart} part */
  append(part) {
    if (!part.chunks.length) return;
    if (!this.end) {
      fill(this.lines);
      this.start = part.start;
    }
    const before = this.open?.element;
    const { rows, open } = cutLines(part, this.open);
    if (before) before.remove();
    this.lines.append(...rows);
    this.open = open;
    this.end = part.end;
    while (this.lines.childElementCount > MOST_LINES && this.follow) {
      const first = this.lines.firstElementChild;
      if (!first) break;
      first.remove();
      const next = this.lines.firstElementChild;
      this.start = Number(/** @type {HTMLElement} */ (next)?.dataset.at ?? this.start);
    }
  }

  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.lines;
    const atEnd = scrollHeight - scrollTop - clientHeight < 8;
    if (!atEnd && this.follow && scrollHeight > clientHeight) this.setFollow(false);
    else if (atEnd && !this.follow && this.end >= this.size) this.setFollow(true);
    else if (atEnd && !this.follow) void this.onward();
    if (scrollTop < 200 && this.start > 0) void this.earlier();
  }

  /** @param {boolean} follow */
  setFollow(follow) {
    this.follow = follow;
    this.following.setAttribute("aria-pressed", String(follow));
    if (follow) void this.refresh();
  }

  /** Load what stands before. */
  async earlier() {
    if (this.busy) return;
    this.busy = true;
    try {
      const part = await this.ask({ before: this.start, limit: PART });
      const { rows } = cutLines(part, null);
      const before = this.lines.scrollHeight - this.lines.scrollTop;
      this.lines.prepend(...rows);
      this.lines.scrollTop = this.lines.scrollHeight - before;
      this.start = part.start;
    } finally {
      this.busy = false;
    }
  }

  /** Load what stands behind, while not following. */
  async onward() {
    if (this.busy || this.end >= this.size) return;
    this.busy = true;
    try {
      this.append(await this.ask({ after: this.end, limit: PART }));
    } finally {
      this.busy = false;
    }
  }

  /**
   * Show the output from a byte on.
   *
   * @param {number} at
   */
  async jump(at) {
    this.setFollow(false);
    this.clear();
    this.append(await this.ask({ after: at, limit: PART }));
    this.start = at;
    if (at > 0) await this.earlier();
    const line = [...this.lines.children].find((row) => Number(/** @type {HTMLElement} */ (row).dataset.at) >= at);
    line?.scrollIntoView({ block: "center" });
    line?.classList.add("hit-line");
  }
}
