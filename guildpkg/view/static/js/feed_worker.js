/** Runs once for all windows of a browser, and holds the connection that they share. */

import { Feed } from "./feed.js";

const feed = new Feed();

addEventListener("connect", (event) => {
  const [port] = /** @type {MessageEvent} */ (event).ports;
  const tell = (/** @type {string} */ name, /** @type {unknown} */ data) => port.postMessage({ name, data });
  port.onmessage = ({ data }) => {
    if (data.leaves) feed.leave(tell);
    else feed.watch(tell, data.run);
  };
});
