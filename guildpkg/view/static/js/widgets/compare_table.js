/** Runs side by side: sort by a column, hide columns, keep the table as CSV. */

import { button, fill, h } from "../dom.js";
import { status } from "./status.js";

/** @typedef {import("../types.js").Column} Column */
/** @typedef {import("../types.js").Comparison} Comparison */

const KEY = "guild.hidden-columns";

export class CompareTable {
  /** @param {(run: string) => void} leave called when a run is taken out */
  constructor(leave) {
    this.leave = leave;
    /** @type {Comparison} */
    this.data = { columns: [], rows: [] };
    this.sort = { column: "", down: false };
    this.hidden = new Set(readHidden());
    this.onlyDifferent = false;
    this.table = h("table", { class: "sheet compare" });
    this.columns = h("details", { class: "columns" });
    this.different = button("Only what differs", () => this.toggleDifferent(), { pressed: false });
    this.element = h(
      "section",
      { class: "compare-table" },
      h(
        "div",
        { class: "bar" },
        this.columns,
        this.different,
        button("CSV", () => this.save(), { icon: "download", title: "Keep the table as a CSV file" }),
      ),
      h("div", { class: "scroller", tabindex: "0" }, this.table),
    );
  }

  /** @param {Comparison} data */
  update(data) {
    this.data = data;
    this.draw();
  }

  toggleDifferent() {
    this.onlyDifferent = !this.onlyDifferent;
    this.different.setAttribute("aria-pressed", String(this.onlyDifferent));
    this.draw();
  }

  /** @returns {Column[]} */
  shown() {
    return this.data.columns.filter(
      (column) => !this.hidden.has(column.id) && !(this.onlyDifferent && this.alike(column)),
    );
  }

  /** @param {Column} column */
  alike(column) {
    const [first, ...rest] = this.data.rows.map((row) => row.cells[column.id]?.text ?? "");
    return column.group !== "run" && rest.every((text) => text === first);
  }

  /** The rows in the order that was chosen; what has no value comes last. */
  sorted() {
    const { column, down } = this.sort;
    if (!column) return this.data.rows;
    const value = (/** @type {Comparison["rows"][0]} */ row) => row.cells[column]?.value ?? null;
    return [...this.data.rows].sort((a, b) => {
      const [one, other] = [value(a), value(b)];
      if (one === null || other === null) return Number(one === null) - Number(other === null);
      const by =
        typeof one === "number" && typeof other === "number"
          ? one - other
          : String(one).localeCompare(String(other), undefined, { numeric: true });
      return down ? -by : by;
    });
  }

  draw() {
    const shown = this.shown();
    const heads = shown.map((column) => {
      const sorted = this.sort.column === column.id;
      return h(
        "th",
        {
          scope: "col",
          "aria-sort": sorted ? (this.sort.down ? "descending" : "ascending") : "none",
          class: `group-${column.group}`,
        },
        h(
          "button",
          {
            type: "button",
            class: "quiet",
            title: `${column.group}: ${column.label}`,
            onClick: () => this.sortBy(column.id),
          },
          column.label,
          sorted ? (this.sort.down ? " ↓" : " ↑") : "",
        ),
      );
    });
    const rows = this.sorted().map(({ run, cells }) =>
      h(
        "tr",
        { "data-run": run.id },
        h(
          "th",
          { scope: "row" },
          status(run, { short: true }),
          h("a", { href: `/runs/${run.id}` }, run.id.slice(0, 8)),
          button("Take out", () => this.leave(run.id), { icon: "close", quiet: true }),
        ),
        shown.map((column) =>
          h(
            "td",
            { class: typeof cells[column.id]?.value === "number" ? "number" : null },
            cells[column.id]?.text ?? "",
          ),
        ),
      ),
    );
    fill(this.table, h("thead", null, h("tr", null, h("th", { scope: "col" }, "Run"), heads)), h("tbody", null, rows));
    this.drawColumns();
  }

  drawColumns() {
    const boxes = this.data.columns.map((column) =>
      h(
        "label",
        null,
        h("input", { type: "checkbox", checked: !this.hidden.has(column.id), onChange: () => this.toggle(column.id) }),
        `${column.label}`,
        h("span", { class: "note" }, column.group),
      ),
    );
    const { open } = /** @type {HTMLDetailsElement} */ (this.columns);
    fill(
      this.columns,
      h("summary", { class: "button" }, `Columns (${this.shown().length} of ${this.data.columns.length})`),
      h("div", { class: "menu" }, boxes),
    );
    /** @type {HTMLDetailsElement} */ (this.columns).open = open;
  }

  /** @param {string} column */
  toggle(column) {
    if (this.hidden.has(column)) this.hidden.delete(column);
    else this.hidden.add(column);
    keepHidden([...this.hidden]);
    this.draw();
  }

  /** @param {string} column */
  sortBy(column) {
    this.sort = { column, down: this.sort.column === column && !this.sort.down };
    this.draw();
  }

  /** Write the table as it is shown. */
  csv() {
    const shown = this.shown();
    const lines = [
      ["run", ...shown.map((column) => column.label)],
      ...this.sorted().map(({ run, cells }) => [
        run.id,
        ...shown.map((column) => String(cells[column.id]?.value ?? "")),
      ]),
    ];
    return lines.map((cells) => cells.map(quoted).join(",")).join("\r\n") + "\r\n";
  }

  save() {
    const url = URL.createObjectURL(new Blob([this.csv()], { type: "text/csv" }));
    const link = h("a", { href: url, download: "runs.csv" });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }
}

/**
 * Write a cell. What a spreadsheet would take for a formula is made text.
 *
 * @param {string} text
 */
function quoted(text) {
  const plain = /^[=+@\t\r]|^-(?![\d.])/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

/** @returns {string[]} */
function readHidden() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? found : [];
  } catch {
    return [];
  }
}

/** @param {string[]} hidden */
function keepHidden(hidden) {
  try {
    localStorage.setItem(KEY, JSON.stringify(hidden));
  } catch {
    // then they are hidden again the next time
  }
}
