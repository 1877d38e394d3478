/**
 * The shapes of the API, as docs/view-api.md tells of them.
 *
 * @typedef {{version: string, project: string | null, title: string, description: string, faults: string[],
 *   home: string, token: string}} Config
 *
 * @typedef {{id: string, operation: string, status: string, detail: string | null, created: string,
 *   started: string | null, stopped: string | null, label: string, tags: string[], project: string | null,
 *   package: string | null, run_dir: string, deleted: boolean}} RunRow
 *
 * @typedef {{name: string, value: unknown, layer: string | null}} FlagRow
 * @typedef {{name: string, path: string, source: string, sha256: string, size: number}} ResourceRow
 *
 * @typedef {RunRow & {command: string[], cwd: string, exit_status: number | null, message: string | null,
 *   pid: number | null, comment: string, interpreter: string | null, host: string, user: string, guildpkg: string,
 *   flags: FlagRow[], env: Record<string, string>, resources: ResourceRow[],
 *   source: {digest: string | null, files: number, size: number}, system: Record<string, string>,
 *   packages: Record<string, string>, vcs: Record<string, string>, restart_of: string | null,
 *   from_run: string | null, batch: string | null, operations: OperationRow[]}} Run
 * @typedef {{name: string, operation: string, status: string, detail: string | null, started: string | null,
 *   command: string[]}} OperationRow
 *
 * @typedef {{name: string, label: string, text: string, value: number | string | null, unit: string, icon: string,
 *   color: string}} Panel
 * @typedef {{fields: Panel[], faults: string[]}} Panels
 *
 * @typedef {{name: string, title: string, label: string, format: string, wide: boolean, keys: string[]}} ChartRow
 * @typedef {{charts: ChartRow[], more: ChartRow[], statistics: ChartRow[], faults: string[], problems: string[]}} Charts
 *
 * @typedef {{key: string, steps: number[], times: number[], values: (number | null)[], starts: number[],
 *   pauses: [number, number][], count: number, within: number, shown: number, restarts: number, run?: string,
 *   runName?: string, origin?: number, stopped?: number | null}} Line
 *   the last four are added by the page: id and name of the run, its start and end in milliseconds
 *
 * @typedef {[stream: string, time: number, text: string]} OutputChunk
 * @typedef {{start: number, end: number, size: number, chunks: OutputChunk[], over: boolean}} OutputPart
 * @typedef {{found: {start: number, at: number, text: string}[], next: number | null}} Found
 *
 * @typedef {{name: string, path: string, kind: "file" | "folder" | "link" | "other", size: number, changed: string,
 *   target: string | null}} Entry
 * @typedef {{path: string, total: number, entries: Entry[]}} Folder
 *
 * @typedef {{id: string, label: string, group: string, format: string}} Column
 * @typedef {{text: string, value: number | string | boolean | null}} Cell
 * @typedef {{columns: Column[], rows: {run: RunRow, cells: Record<string, Cell>}[]}} Comparison
 * @typedef {{title: string, rows: {name: string, one: string | null, other: string | null}[], text: string}} DifferenceGroup
 * @typedef {{groups: DifferenceGroup[]}} Differences
 */
export {};
