/** The state of a run, by icon, word and colour. */

import { h, icon } from "../dom.js";

const KNOWN = ["pending", "staged", "running", "completed", "error", "terminated", "killed"];

/**
 * @param {{status: string, detail: string | null}} run
 * @param {{short?: boolean}} [look] short: the icon alone
 * @returns {HTMLElement}
 */
export function status(run, look = {}) {
  const word = KNOWN.includes(run.status) ? run.status : "pending";
  const said = run.detail ? `${run.status} (${run.detail})` : run.status;
  if (look.short) return h("span", { class: `status ${word}`, title: said }, icon(word, said));
  return h("span", { class: `status badge ${word}` }, icon(word), said);
}
