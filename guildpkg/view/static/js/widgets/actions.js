/** What can be done to a run: label, tags, stop, delete, restore. */

import { act, Refused } from "../api.js";
import { button, h } from "../dom.js";
import { asked, confirmed, note } from "./dialog.js";

/** @typedef {import("../types.js").RunRow} RunRow */

/**
 * Make the buttons for a run.
 *
 * @param {RunRow} run
 * @param {(changed: RunRow) => void} done called with the run as it is afterwards
 * @returns {HTMLElement}
 */
export function actions(run, done) {
  const attempt = async (/** @type {string} */ verb, /** @type {Record<string, unknown>} */ given = {}) => {
    try {
      const changed = await act(run.id, verb, given);
      done(changed);
      return true;
    } catch (error) {
      const hint = error instanceof Refused && error.hint ? ` – ${error.hint}` : "";
      note(`${error instanceof Error ? error.message : error}${hint}`, { trouble: true });
      return false;
    }
  };
  const label = async () => {
    const given = await asked("Label of this run", run.label, "An empty label takes it away.");
    if (given !== null && given !== run.label) await attempt("label", { label: given });
  };
  const tags = async () => {
    const given = await asked("Tags of this run", run.tags.join(", "), "Separated by commas.");
    if (given === null) return;
    const wanted = given
      .split(",")
      .map((word) => word.trim())
      .filter(Boolean);
    await attempt("tag", {
      add: wanted.filter((tag) => !run.tags.includes(tag)),
      remove: run.tags.filter((tag) => !wanted.includes(tag)),
    });
  };
  const stop = async () => {
    const more = "Its process is asked to end, and is killed if it has not ended after a while.";
    if (await confirmed("Stop this run?", "Stop", { danger: true, more })) {
      if (await attempt("stop")) note("The run is being stopped");
    }
  };
  const remove = async () => {
    const undo = () => void attempt("restore");
    if (
      await confirmed("Move this run to the trash?", "Delete", { danger: true, more: "It can be restored from there." })
    ) {
      if (await attempt("delete")) note("Moved to the trash", { undo });
    }
  };
  const running = run.status === "running" || run.status === "pending";
  return h(
    "div",
    { class: "actions" },
    button("Label", () => void label(), { icon: "pencil" }),
    button("Tags", () => void tags()),
    running ? button("Stop", () => void stop(), { icon: "stop", danger: true }) : null,
    run.deleted
      ? button("Restore", () => void attempt("restore"), { icon: "restore" })
      : running
        ? null
        : button("Delete", () => void remove(), { icon: "trash" }),
  );
}
