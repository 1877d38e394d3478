/** The files of a run: folders at the left, what a file holds at the right. */

import { get } from "../api.js";
import { fill, h, icon } from "../dom.js";
import { size } from "../format.js";
import { printable } from "./screen.js";
import { show } from "./viewer.js";

/** @typedef {import("../types.js").Entry} Entry */
/** @typedef {import("../types.js").Folder} Folder */

export class Files {
  /**
   * @param {string} run
   * @param {"files" | "source"} root
   * @param {string} empty what to say when there is nothing
   */
  constructor(run, root, empty) {
    this.run = run;
    this.root = root;
    this.empty = empty;
    /** @type {Set<string>} */
    this.unfolded = new Set();
    this.current = "";
    /** What the tree is made of; null when it is not made yet. @type {string | null} */
    this.shown = null;
    this.tree = h("div", { class: "tree", role: "tree", "aria-label": root === "files" ? "Files" : "Source files" });
    this.viewer = h(
      "div",
      { class: "viewer" },
      h("p", { class: "placeholder" }, "Choose a file to see what it holds."),
    );
    this.element = h("section", { class: "files" }, this.tree, this.viewer);
    this.tree.addEventListener("keydown", (event) => this.key(event));
  }

  async refresh() {
    const rows = await this.branch("", 0);
    const shown = rows.map((row) => row.outerHTML).join("");
    if (shown === this.shown) return;
    this.shown = shown;
    const focused = /** @type {HTMLElement | null} */ (
      this.tree.contains(document.activeElement) ? document.activeElement : null
    )?.dataset.path;
    fill(this.tree, rows.length ? rows : h("p", { class: "placeholder" }, this.empty));
    const again = [...this.tree.querySelectorAll("button")].find((row) => row.dataset.path === focused);
    if (focused !== undefined) again?.focus();
  }

  /**
   * @param {string} path
   * @param {number} depth
   * @returns {Promise<HTMLElement[]>}
   */
  async branch(path, depth) {
    /** @type {Folder} */
    let folder;
    try {
      folder = await get(`runs/${this.run}/folder?root=${this.root}&path=${path}`);
    } catch {
      return [];
    }
    const rows = [];
    for (const entry of folder.entries) {
      rows.push(this.row(entry, depth));
      if (entry.kind === "folder" && this.unfolded.has(entry.path))
        rows.push(...(await this.branch(entry.path, depth + 1)));
    }
    if (folder.total > folder.entries.length)
      rows.push(h("p", { class: "note" }, `… and ${(folder.total - folder.entries.length).toLocaleString()} more`));
    return rows;
  }

  /**
   * @param {Entry} entry
   * @param {number} depth
   */
  row(entry, depth) {
    const open = this.unfolded.has(entry.path);
    const isFolder = entry.kind === "folder";
    const row = h(
      "button",
      {
        type: "button",
        class: `entry ${entry.kind}${entry.path === this.current ? " current" : ""}${open ? " open" : ""}`,
        role: "treeitem",
        "aria-level": depth + 1,
        "aria-expanded": isFolder ? String(open) : null,
        "aria-selected": String(entry.path === this.current),
        "data-path": entry.path,
        title: entry.target === null ? null : `link to ${printable(entry.target)}; links are not followed`,
        disabled: entry.kind === "link" || entry.kind === "other",
        onClick: () => (isFolder ? this.toggle(entry.path) : void this.open(entry)),
      },
      icon(isFolder ? "folder" : entry.kind === "link" ? "link" : "file"),
      h(
        "span",
        { class: "entry-name" },
        printable(entry.name),
        entry.target === null ? null : h("span", { class: "note" }, ` → ${printable(entry.target)}`),
      ),
      h("span", { class: "note" }, entry.kind === "file" ? size(entry.size) : ""),
    );
    row.style.paddingInlineStart = `${8 + depth * 18}px`;
    return row;
  }

  /** @param {string} path */
  toggle(path) {
    if (this.unfolded.has(path)) this.unfolded.delete(path);
    else this.unfolded.add(path);
    void this.refresh();
  }

  /** @param {Entry} entry */
  async open(entry) {
    this.current = entry.path;
    await this.refresh();
    await show(this.viewer, this.run, this.root, entry);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const rows = [...this.tree.querySelectorAll("button")];
    const at = rows.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    const row = rows[at];
    if (event.key === "ArrowDown") rows[at + 1]?.focus();
    else if (event.key === "ArrowUp") rows[at - 1]?.focus();
    else if (event.key === "ArrowRight" && row?.getAttribute("aria-expanded") === "false") row.click();
    else if (event.key === "ArrowLeft" && row?.getAttribute("aria-expanded") === "true") row.click();
    else return;
    event.preventDefault();
  }
}
