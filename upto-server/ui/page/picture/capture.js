// A press that goes on beside its element.

/**
 * Lets an element have all that a pointer does until it is lifted.
 * @param {HTMLElement} element
 * @param {PointerEvent} event
 */
export function capture(element, { pointerId }) {
  try {
    element.setPointerCapture(pointerId);
  } catch {
    // It was lifted while what answers it was fetched.
  }
}
