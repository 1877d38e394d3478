/** Parts of a page of which one is in sight. */

import { h } from "../dom.js";

export class Tabs {
  /**
   * @param {string} label what they are parts of
   * @param {[string, HTMLElement][]} parts name and content
   * @param {(at: number) => void} shown called when another part comes into sight
   */
  constructor(label, parts, shown) {
    this.bodies = parts.map(([, body]) => body);
    this.shown = shown;
    this.at = 0;
    this.tabs = parts.map(([name], at) =>
      h(
        "button",
        { type: "button", role: "tab", id: `tab-${at}`, "aria-controls": `body-${at}`, onClick: () => this.show(at) },
        name,
      ),
    );
    this.element = h("div", { class: "tabs", role: "tablist", "aria-label": label }, this.tabs);
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.bodies.forEach((body, at) => {
      body.id = `body-${at}`;
      body.setAttribute("role", "tabpanel");
      body.setAttribute("aria-labelledby", `tab-${at}`);
    });
  }

  /** @param {number} at */
  show(at) {
    this.at = at;
    this.tabs.forEach((tab, other) => {
      tab.setAttribute("aria-selected", String(other === at));
      tab.tabIndex = other === at ? 0 : -1;
    });
    this.bodies.forEach((body, other) => (body.hidden = other !== at));
    this.shown(at);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const last = this.tabs.length - 1;
    const to = { ArrowRight: (this.at + 1) % (last + 1), ArrowLeft: (this.at + last) % (last + 1), Home: 0, End: last }[
      event.key
    ];
    if (to === undefined) return;
    event.preventDefault();
    this.show(to);
    this.tabs[to].focus();
  }
}
