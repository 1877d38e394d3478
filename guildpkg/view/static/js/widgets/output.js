/** What a run printed: the end of it, followed live; earlier parts come as one scrolls up. Never all of 100 MB. */

import { get } from "../api.js";
import { button, fill, h, icon, later } from "../dom.js";
import { moment, size } from "../format.js";
import { cut, printable, settled } from "./screen.js";

/** @typedef {import("../types.js").OutputPart} OutputPart */

const PART = 1 << 17;
const MOST_LINES = 12_000;

export class Output {
  /** @param {string} run */
  constructor(run) {
    this.run = run;
    this.start = 0;
    this.end = 0;
    this.size = 0;
    this.follow = true;
    this.busy = false;
    this.again = false;
    /** @type {{stream: string, time: number, text: string, element: HTMLElement} | null} a line that has no end yet */
    this.open = null;
    this.search = /** @type {HTMLInputElement} */ (
      h("input", {
        type: "search",
        placeholder: "Find in the output",
        "aria-label": "Find in the output",
        autocomplete: "off",
      })
    );
    this.search.addEventListener(
      "input",
      later(250, () => void this.find(0)),
    );
    this.following = button("Follow", () => this.setFollow(!this.follow), {
      pressed: true,
      title: "Stay at the end while there is more",
    });
    this.told = h("span", { class: "note" });
    this.download = h(
      "a",
      { class: "button", href: `/api/runs/${this.run}/raw-output`, download: `output-${this.run.slice(0, 8)}.txt` },
      icon("download"),
      "Download",
    );
    this.lines = h("div", { class: "lines", role: "log", "aria-label": "Output", tabindex: "0" });
    this.found = h("div", { class: "found", hidden: true });
    this.lines.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.element = h(
      "section",
      { class: "output" },
      h(
        "div",
        { class: "bar" },
        h("div", { class: "searchbox" }, icon("search"), this.search),
        this.following,
        this.download,
        this.told,
      ),
      this.found,
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
    const asked = new URLSearchParams(Object.entries(given).map(([name, value]) => [name, String(value)]));
    return get(`runs/${this.run}/output?${asked}`);
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
    const { rows, open } = this.cutLines(part, this.open);
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

  /**
   * Make rows of a part.
   *
   * @param {OutputPart} part
   * @param {{stream: string, time: number, text: string} | null} begun a line whose beginning came before
   */
  cutLines(part, begun) {
    /** @type {HTMLElement[]} */
    const rows = [];
    /** @type {{stream: string, time: number, text: string} | null} */
    let open = begun;
    let at = part.start - (begun ? new TextEncoder().encode(begun.text).length : 0);
    const encoder = new TextEncoder();
    for (const [stream, time, text] of part.chunks) {
      const pieces = text.split("\n");
      pieces.forEach((piece, index) => {
        const line =
          open && (open.stream === stream || !open.text)
            ? { stream, time: open.text ? open.time : time, text: open.text + piece }
            : { stream, time, text: piece };
        if (open && open.text && open.stream !== stream) {
          rows.push(this.row(open, at));
          at += encoder.encode(open.text).length;
        }
        if (index < pieces.length - 1) {
          rows.push(this.row(line, at));
          at += encoder.encode(line.text).length + 1;
          open = null;
        } else {
          open = line;
        }
      });
    }
    if (open && open.text) {
      const element = this.row(open, at);
      rows.push(element);
      return { rows, open: { ...open, element } };
    }
    return { rows, open: null };
  }

  /**
   * @param {{stream: string, time: number, text: string}} line
   * @param {number} at its first byte
   */
  row(line, at) {
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
      const { rows } = this.cutLines(part, null);
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
   * Look for the text of the search field.
   *
   * @param {number} from byte
   */
  async find(from) {
    const text = this.search.value;
    if (!text) {
      this.found.hidden = true;
      fill(this.found);
      return;
    }
    const result = await /** @type {Promise<import("../types.js").Found>} */ (
      get(`runs/${this.run}/search?text=${encodeURIComponent(text)}&start=${from}`)
    );
    if (text !== this.search.value) return;
    const rows = result.found.map((hit) =>
      h(
        "button",
        { type: "button", class: "hit", onClick: () => void this.jump(hit.start) },
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
          : "No line holds this.",
      ),
      rows,
      result.next === null ? null : button("More", () => void this.find(/** @type {number} */ (result.next))),
    );
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
