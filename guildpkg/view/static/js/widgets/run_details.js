/** What is known of a run besides its results: flags, attributes, resources, the machine it ran on. */

import { fill, h } from "../dom.js";
import { size } from "../format.js";
import { facts, flagFacts, operationFacts, resourceFacts } from "./facts.js";

/** @typedef {import("../types.js").Run} Run */

/**
 * Show the details; what was folded stays folded.
 *
 * @param {HTMLElement} into
 * @param {Run} run
 * @param {(operation: string) => void} show called to show the output of an operation that went into it
 */
export function details(into, run, show) {
  const pairs = (/** @type {Record<string, string>} */ of) => /** @type {[string, string][]} */ (Object.entries(of));
  const folded = new Map([...into.querySelectorAll("details")].map((part) => [titleOf(part), part.open]));
  fill(
    into,
    flagFacts(run.flags),
    operationFacts(run.operations, show),
    facts(
      "Attributes",
      attributes(run).filter(([, value]) => value !== null && value !== ""),
    ),
    resourceFacts(run.resources),
    facts("System", pairs(run.system)),
    facts("Version control", pairs(run.vcs)),
    facts("Environment", pairs(run.env), { open: false }),
    facts("Packages", pairs(run.packages), { open: false, note: String(Object.keys(run.packages).length) }),
  );
  for (const part of into.querySelectorAll("details")) part.open = folded.get(titleOf(part)) ?? part.open;
}

/** @param {Element} part */
function titleOf(part) {
  return part.querySelector("h2")?.textContent;
}

/**
 * @param {Run} run
 * @returns {[string, import("../dom.js").Child][]}
 */
function attributes(run) {
  const code = (/** @type {string} */ text) => h("code", null, text);
  const link = (/** @type {string | null} */ id) => id && h("a", { href: `/runs/${id}` }, id.slice(0, 8));
  return [
    ["Run", code(run.id)],
    ["Folder", code(run.run_dir)],
    ["Command", code(run.command.join(" "))],
    ["Working directory", code(run.cwd)],
    ["Project", run.project ? code(run.project) : null],
    ["Package", run.package],
    ["Exit status", run.exit_status],
    ["Process", run.pid],
    ["Host", `${run.host}${run.user ? `, ${run.user}` : ""}`],
    ["Interpreter", run.interpreter ? code(run.interpreter) : null],
    ["Comment", run.comment],
    ["Restart of", link(run.restart_of)],
    ["Taken from", link(run.from_run)],
    ["Source", run.source.digest ? `${run.source.files} files, ${size(run.source.size)}` : null],
    ["Source digest", run.source.digest ? h("code", { class: "hash" }, run.source.digest) : null],
  ];
}
