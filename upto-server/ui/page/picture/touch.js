// The hands on the picture are fetched when somebody first touches it. What is done until they are there is kept, and done
// again for them, in its order: so nothing that is done early is lost.

import { capture } from "./capture.js";

/** @typedef {import("./hands.js").Grip} Grip */
/** @typedef {import("./hands.js").Hands} Hands */

const KINDS = [
  "pointermove",
  "pointerdown",
  "pointerup",
  "pointercancel",
  "pointerleave",
  "click",
  "dblclick",
  "wheel",
  "focus",
  "keydown",
];

/** Keys, by their place, that mean something there. */
const KEYS = /^(Arrow|Page|Home|End|Enter|Space|KeyI)/;

export class Touch {
  /** @type {Hands | null} Null until they are there. */
  hands = null;
  #grip;
  /** @type {Promise<Hands> | null} */
  #fetched = null;
  /** @type {Event[]} */
  #kept = [];
  #meanwhile = new AbortController();

  /**
   * @param {HTMLElement[]} elements What may be touched.
   * @param {Grip} grip
   */
  constructor(elements, grip) {
    this.#grip = grip;
    // A pointer that comes near will be there soon.
    grip.places.root.addEventListener("pointerenter", () => this.use(() => {}), { once: true });
    const options = { capture: true, passive: false, signal: this.#meanwhile.signal };
    for (const element of elements)
      for (const kind of KINDS) element.addEventListener(kind, (event) => this.#keep(event), options);
  }

  /** Lets the hands do something, as soon as they are there. @param {(hands: Hands) => void} act */
  use(act) {
    if (this.hands) act(this.hands);
    else (this.#fetched ??= this.#fetch()).then(act, () => this.#forget());
  }

  /** What can be dragged has all that follows a press, as it has from the hands. @param {PointerEvent} event */
  #press(event) {
    const { minimap, axis, bars, splitter } = this.#grip.places;
    const pressed = [minimap, axis, bars, splitter].find((element) => element === event.target);
    if (pressed) capture(pressed, event);
  }

  async #fetch() {
    const { Hands } = await import("./hands.js");
    this.hands = new Hands(this.#grip);
    this.#meanwhile.abort();
    for (const event of this.#kept) doAgain(event);
    return this.hands;
  }

  /** Where they can't be had, they are asked for again at the next touch. */
  #forget() {
    this.#fetched = null;
    this.#kept = [];
  }

  /** @param {Event} event */
  #keep(event) {
    const isKey = event instanceof KeyboardEvent;
    if (isKey && (!KEYS.test(event.code) || isHeld(event))) return;
    if (isKey) event.stopPropagation();
    if (event.type === "pointerdown") this.#press(/** @type {PointerEvent} */ (event));
    // Else the browser would do what it does with it by itself.
    if (isKey || (event instanceof WheelEvent && isHeld(event))) event.preventDefault();
    this.#kept.push(event);
    this.use(() => {});
  }
}

/** Whether a key is held with it that makes it another thing. @param {KeyboardEvent | WheelEvent} event */
function isHeld({ ctrlKey, altKey, metaKey }) {
  return ctrlKey || altKey || metaKey;
}

/** @param {Event} event */
function doAgain(event) {
  const Kind = /** @type {new (type: string, init: EventInit) => Event} */ (event.constructor);
  event.target?.dispatchEvent(new Kind(event.type, event));
}
