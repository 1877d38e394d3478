/** A list of any length of which only the rows in sight exist. All rows are equally high. */

import { h } from "../dom.js";

const BEYOND = 6;

export class VirtualList {
  /**
   * @param {{height: number, label: string, render: (index: number) => HTMLElement}} options height of a row in
   *   pixels; what the list is, for those who do not see it; makes a row
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
    const rows = [];
    for (let index = first; index < last; index += 1) {
      const row = render(index);
      row.style.transform = `translateY(${index * height}px)`;
      row.setAttribute("aria-setsize", String(this.count));
      row.setAttribute("aria-posinset", String(index + 1));
      rows.push(row);
    }
    this.inner.replaceChildren(...rows);
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
