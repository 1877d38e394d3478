/** Questions in front of the page, and short notes at its edge. */

import { button, fill, h } from "../dom.js";

/**
 * Ask whether to do something.
 *
 * @param {string} question
 * @param {string} yes the word on the button that does it
 * @param {{danger?: boolean, more?: string}} [look]
 * @returns {Promise<boolean>}
 */
export function confirmed(question, yes, look = {}) {
  return new Promise((resolve) => {
    const answer = (/** @type {boolean} */ given) => {
      dialog.close();
      dialog.remove();
      resolve(given);
    };
    const dialog = /** @type {HTMLDialogElement} */ (
      h(
        "dialog",
        { "aria-label": question, onCancel: () => answer(false) },
        h("h2", null, question),
        look.more ? h("p", null, look.more) : null,
        h(
          "div",
          { class: "answers" },
          button("Cancel", () => answer(false)),
          button(yes, () => answer(true), { danger: look.danger }),
        ),
      )
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}

/**
 * Ask for a line of text.
 *
 * @param {string} question
 * @param {string} value what is in the field at first
 * @param {string} [hint]
 * @returns {Promise<string | null>} null when nothing is to be done
 */
export function asked(question, value, hint = "") {
  return new Promise((resolve) => {
    const field = /** @type {HTMLInputElement} */ (
      h("input", { type: "text", value, maxlength: "1000", "aria-label": question })
    );
    const answer = (/** @type {string | null} */ given) => {
      dialog.close();
      dialog.remove();
      resolve(given);
    };
    const form = h(
      "form",
      {
        method: "dialog",
        onSubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          answer(field.value.trim());
        },
      },
      h("h2", null, question),
      field,
      hint ? h("p", { class: "note" }, hint) : null,
      h(
        "div",
        { class: "answers" },
        button("Cancel", () => answer(null)),
        h("button", { type: "submit", class: "main" }, "Save"),
      ),
    );
    const dialog = /** @type {HTMLDialogElement} */ (
      h("dialog", { "aria-label": question, onCancel: () => answer(null) }, form)
    );
    document.body.append(dialog);
    dialog.showModal();
    field.select();
  });
}

/** Show which keys do what. */
export function keys() {
  const rows = [
    ["j  k  ↓  ↑", "next and previous run"],
    ["/", "search"],
    ["x", "choose the run for a comparison"],
    ["c", "compare what is chosen"],
    ["1 … 5", "the tabs of a run"],
    ["Esc", "leave a field"],
    ["?", "this"],
  ];
  const dialog = /** @type {HTMLDialogElement} */ (
    h(
      "dialog",
      { "aria-label": "Keys", onClose: () => dialog.remove() },
      h("h2", null, "Keys"),
      h(
        "table",
        { class: "facts" },
        h(
          "tbody",
          null,
          rows.map(([key, what]) => h("tr", null, h("th", { scope: "row" }, h("kbd", null, key)), h("td", null, what))),
        ),
      ),
      h(
        "div",
        { class: "answers" },
        button("Close", () => dialog.close()),
      ),
    )
  );
  document.body.append(dialog);
  dialog.showModal();
}

/**
 * Say something for a few seconds.
 *
 * @param {string} text
 * @param {{undo?: () => void, trouble?: boolean}} [look]
 */
export function note(text, look = {}) {
  const place = /** @type {HTMLElement} */ (document.getElementById("notes"));
  const said = h(
    "div",
    { class: look.trouble ? "said trouble" : "said" },
    text,
    look.undo ? button("Undo", () => (fill(place), look.undo?.())) : null,
  );
  fill(place, said);
  setTimeout(() => said.remove(), look.undo || look.trouble ? 10_000 : 4_000);
}
