/**
 * A list of any length of which only the rows in sight exist. All rows are equally high. A row that looks as before
 * stays the same element: a press on it is not lost when the list is drawn anew.
 */

import { h } from "../dom.js";

const BEYOND = 6;

export class VirtualList {
  /**
   * @param {{height: number, label: string, key: (index: number) => string, mark: (index: number) => string,
   *   render: (index: number) => HTMLElement}} options height of a row in pixels; what the list is, for those who do
   *   not see it; what a row is about; what it looks like; makes it
   */
  constructor(options) {
    this.options = options;
    this.count = 0;
    this.inner = h("div", { class: "virtual-inner", role: "presentation" });
    this.element = h(
      "div",
      { class: "virtual", role: "listbox", "aria-label": options.label, tabindex: "0" },
      this.inner,
    );
    this.element.addEventListener("scroll", () => this.draw(), { passive: true });
    this.first = -1;
    this.last = -1;
    /** @type {Map<string, {mark: string, row: HTMLElement}>} */
    this.rows = new Map();
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  /**
   * Show other rows, or the same ones with other content.
   *
   * @param {number} count
   */
  update(count) {
    this.count = count;
    this.inner.style.height = `${count * this.options.height}px`;
    this.first = -1;
    this.draw();
  }

  draw() {
    const { height, render } = this.options;
    const top = this.element.scrollTop;
    const first = Math.max(0, Math.floor(top / height) - BEYOND);
    const last = Math.min(this.count, Math.ceil((top + this.element.clientHeight) / height) + BEYOND);
    if (first === this.first && last === this.last) return;
    this.first = first;
    this.last = last;
    const rows = new Map();
    for (let index = first; index < last; index += 1) {
      const [key, mark] = [this.options.key(index), this.options.mark(index)];
      const held = this.rows.get(key);
      const row = held?.mark === mark ? held.row : render(index);
      row.style.transform = `translateY(${index * height}px)`;
      row.setAttribute("aria-setsize", String(this.count));
      row.setAttribute("aria-posinset", String(index + 1));
      rows.set(key, { mark, row });
    }
    this.rows = rows;
    this.place([...rows.values()].map(({ row }) => row));
  }

  /** @param {HTMLElement[]} rows */
  place(rows) {
    const wanted = new Set(rows);
    for (const row of [...this.inner.children]) if (!wanted.has(/** @type {HTMLElement} */ (row))) row.remove();
    rows.forEach((row, at) => {
      if (this.inner.children[at] !== row) this.inner.insertBefore(row, this.inner.children[at] ?? null);
    });
  }

  /**
   * Scroll so far that a row is in sight.
   *
   * @param {number} index
   */
  reveal(index) {
    const { height } = this.options;
    const { scrollTop, clientHeight } = this.element;
    if (index * height < scrollTop) this.element.scrollTop = index * height;
    else if ((index + 1) * height > scrollTop + clientHeight)
      this.element.scrollTop = (index + 1) * height - clientHeight;
  }
}
