/** Everything that is asked of the server goes through here. */

/** @typedef {import("./types.js").Config} Config */

/** What the server answered when it did not do what it was asked. */
export class Refused extends Error {
  /**
   * @param {number} status of HTTP; 0 when there was no answer
   * @param {string} message
   * @param {string} hint
   */
  constructor(status, message, hint = "") {
    super(message);
    this.status = status;
    this.hint = hint;
  }
}

/** @type {Config | null} */
let config = null;

/**
 * Ask for JSON.
 *
 * @template T
 * @param {string} path below /api/
 * @param {AbortSignal} [signal] gives the request up
 * @returns {Promise<T>}
 */
export async function get(path, signal) {
  return answer(path, { signal }, (got) => got.json());
}

/**
 * Change a run.
 *
 * @param {string} run its id
 * @param {string} verb label, tag, stop, delete or restore
 * @param {Record<string, unknown>} given
 * @returns {Promise<import("./types.js").RunRow>}
 */
export async function act(run, verb, given = {}) {
  const send = async () => {
    const { token } = config ?? (await readConfig());
    const headers = { "Content-Type": "application/json", "X-Guild-Token": token };
    const sent = { method: "POST", headers, body: JSON.stringify(given) };
    return answer(`runs/${run}/${verb}`, sent, (got) => got.json());
  };
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 403) throw error;
    config = null; // the server was started again and has another token
    return send();
  }
}

/**
 * Ask what is looked at, anew.
 *
 * @returns {Promise<Config>}
 */
export async function readConfig() {
  config = /** @type {Config} */ (await get("config"));
  return config;
}

/**
 * Give the address of a file of a run.
 *
 * @param {string} run its id
 * @param {string} root files or source
 * @param {string} path as the server wrote it, already fit for an address
 * @param {Record<string, string | number>} more parameters
 */
export function fileUrl(run, root, path, more = {}) {
  const rest = Object.entries(more).map(([name, value]) => `&${name}=${encodeURIComponent(value)}`);
  return `/api/runs/${run}/file?root=${root}&path=${path}${rest.join("")}`;
}

/**
 * Ask for bytes.
 *
 * @param {string} url made by `fileUrl`
 * @param {AbortSignal} [signal]
 * @returns {Promise<{size: number, bytes: Uint8Array}>} size of the whole file, and the bytes asked for
 */
export async function bytes(url, signal) {
  return answer(url.replace(/^\/api\//, ""), { signal }, async (got) => ({
    size: Number(got.headers.get("X-File-Size")),
    bytes: new Uint8Array(await got.arrayBuffer()),
  }));
}

/**
 * @template T
 * @param {string} path
 * @param {RequestInit} init
 * @param {(got: Response) => Promise<T>} read what was answered: it may break off in the middle
 * @returns {Promise<T>}
 */
async function answer(path, init, read) {
  let got;
  try {
    got = await fetch(`/api/${path}`, init);
    if (got.ok) return await read(got);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Refused(0, "the server does not answer", "is `guild view` still running?");
  }
  const told = await got.json().catch(() => ({}));
  throw new Refused(got.status, told.error ?? `the server answers ${got.status}`, told.hint ?? "");
}
