/** Tables of names and values: flags, attributes, resources. */

import { button, h } from "../dom.js";
import { moment, size, text } from "../format.js";
import { status } from "./status.js";

/** @typedef {import("../dom.js").Child} Child */

/**
 * Make a table of two columns; nothing when there are no rows.
 *
 * @param {string} title
 * @param {[string, Child | Child[]][]} rows
 * @param {{open?: boolean, note?: string}} [look] open: not folded
 * @returns {HTMLElement | null}
 */
export function facts(title, rows, look = {}) {
  if (!rows.length) return null;
  const table = h(
    "table",
    { class: "facts" },
    h(
      "tbody",
      null,
      rows.map(([name, value]) => h("tr", null, h("th", { scope: "row" }, name), h("td", null, value))),
    ),
  );
  return h(
    "details",
    { class: "card", open: look.open ?? true },
    h("summary", null, h("h2", null, title), look.note ? h("span", { class: "note" }, look.note) : null),
    table,
  );
}

/** @param {import("../types.js").FlagRow[]} flags */
export function flagFacts(flags) {
  return facts(
    "Flags",
    flags.map((flag) => [
      flag.name,
      [
        flag.value === null ? h("i", null, "not passed") : text(flag.value),
        flag.layer === "cmdline" ? h("span", { class: "tag", title: "given on the command line" }, "given") : null,
      ],
    ]),
  );
}

/** @param {import("../types.js").ResourceRow[]} resources */
export function resourceFacts(resources) {
  if (!resources.length) return null;
  return h(
    "details",
    { class: "card", open: true },
    h("summary", null, h("h2", null, "Resources")),
    h(
      "ul",
      { class: "resources" },
      resources.map((row) =>
        h(
          "li",
          null,
          h("b", null, row.path || row.name),
          h(
            "span",
            { class: "note" },
            [row.path && row.path !== row.name ? row.name : "", row.size ? size(row.size) : ""]
              .filter(Boolean)
              .join(", "),
          ),
          row.source ? h("div", { class: "from" }, "from ", row.source) : null,
          row.sha256
            ? h("code", { class: "hash", title: `SHA-256 ${row.sha256}` }, `sha256:${row.sha256}`)
            : h("span", { class: "note" }, "not hashed"),
        ),
      ),
    ),
  );
}

/**
 * Tell of operations that went into the run, as `evaluate` does.
 *
 * @param {import("../types.js").OperationRow[]} operations
 * @param {(name: string) => void} show called to show the output of one
 */
export function operationFacts(operations, show) {
  if (!operations.length) return null;
  return h(
    "details",
    { class: "card", open: true },
    h("summary", null, h("h2", null, "Operations in this run")),
    h(
      "ul",
      { class: "resources" },
      operations.map((row) =>
        h(
          "li",
          null,
          h("div", { class: "run-title" }, h("b", null, row.operation), status(row)),
          row.started ? h("div", { class: "note" }, moment(Date.parse(row.started))) : null,
          h("code", null, row.command.join(" ")),
          h(
            "div",
            null,
            button("Output", () => show(row.name), { title: `Show the output of ${row.operation}` }),
          ),
        ),
      ),
    ),
  );
}
