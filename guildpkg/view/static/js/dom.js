/**
 * Elements are made here and nowhere from text that came from outside: what a run says is always text, never HTML.
 *
 * @typedef {Node | string | number | null | undefined | false} Child
 */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element.
 *
 * @param {string} tag its name; `button.quiet` gives it a class
 * @param {Record<string, unknown> | null} props attributes; `onClick` and its like are listeners; null and false are
 *   left out
 * @param {...(Child | Child[])} children what it holds
 * @returns {HTMLElement}
 */
export function h(tag, props = null, ...children) {
  const [name, ...classes] = tag.split(".");
  const made = document.createElement(name);
  if (classes.length) made.className = classes.join(" ");
  for (const [key, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on") && typeof value === "function") {
      made.addEventListener(key.slice(2).toLowerCase(), /** @type {EventListener} */ (value));
    } else if (key === "value" && "value" in made) {
      made.value = String(value);
    } else {
      made.setAttribute(key, value === true ? "" : String(value));
    }
  }
  add(made, children);
  return made;
}

/**
 * Put something into an element.
 *
 * @param {Element} into
 * @param {(Child | Child[])[]} children
 */
function add(into, children) {
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    into.append(typeof child === "number" ? String(child) : child);
  }
}

/**
 * Give an element another content.
 *
 * @param {Element} into
 * @param {...(Child | Child[])} children
 */
export function fill(into, ...children) {
  into.replaceChildren();
  add(into, children);
}

/**
 * Draw an icon of icons/all.svg.
 *
 * @param {string} name
 * @param {string} label what it says to those who do not see it; empty when words beside it say the same
 * @returns {SVGElement}
 */
export function icon(name, label = "") {
  const made = document.createElementNS(SVG, "svg");
  made.setAttribute("class", "icon");
  if (label) {
    made.setAttribute("role", "img");
    made.setAttribute("aria-label", label);
  } else {
    made.setAttribute("aria-hidden", "true");
  }
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/static/icons/all.svg#${name}`);
  made.append(use);
  return made;
}

/**
 * Make a button.
 *
 * @param {string} label what it does
 * @param {() => void} act called when it is pressed
 * @param {{icon?: string, quiet?: boolean, title?: string, danger?: boolean, pressed?: boolean}} [look]
 * @returns {HTMLButtonElement}
 */
export function button(label, act, look = {}) {
  const only = look.icon && look.quiet;
  const made = h(
    "button",
    {
      type: "button",
      class: [look.quiet ? "quiet" : "", look.danger ? "danger" : ""].join(" ").trim() || null,
      title: look.title ?? (only ? label : null),
      "aria-label": only ? label : null,
      "aria-pressed": look.pressed === undefined ? null : String(look.pressed),
      onClick: act,
    },
    look.icon ? icon(look.icon) : null,
    only ? null : label,
  );
  return /** @type {HTMLButtonElement} */ (made);
}

/**
 * Do something once in a while, however often it is wished.
 *
 * @template {unknown[]} A
 * @param {number} milliseconds between the last wish and the act
 * @param {(...args: A) => void} act
 * @returns {(...args: A) => void}
 */
export function later(milliseconds, act) {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = window.setTimeout(() => act(...args), milliseconds);
  };
}

/**
 * Do something one at a time: what is wished while it is being done is done once more afterwards. So the last of
 * several answers is never overtaken by an earlier one.
 *
 * @param {() => Promise<void>} act
 * @returns {() => Promise<void>} ends when what was wished is done
 */
export function inTurn(act) {
  /** @type {Promise<void> | null} */
  let now = null;
  /** @type {Promise<void> | null} */
  let next = null;
  const begin = () => {
    next = null;
    now = act().finally(() => (now = null));
    return now;
  };
  return () => {
    if (!now && !next) return begin();
    next ??= /** @type {Promise<void>} */ (now).then(begin, begin);
    return next;
  };
}
