// Asks before something is renamed or removed.

import { element } from "../dom.js";
import { clip } from "../model/names.js";
import * as texts from "../texts.js";

const words = texts.dialogs;
const NAME_LIMIT = 200;

/**
 * Shows a dialog, and does what it is about once that is confirmed. What goes wrong is told in it, and it stays.
 * @param {string} title
 * @param {HTMLElement[]} content
 * @param {string} confirm
 * @param {() => Promise<void>} act
 */
function ask(title, content, confirm, act) {
  const status = element("p", { role: "alert" });
  const yes = element("button", { type: "submit", class: "primary" }, confirm);
  const no = element("button", { type: "button" }, words.cancel);
  const form = element(
    "form",
    { method: "dialog" },
    ...content,
    status,
    element("div", { class: "bar" }, yes, no),
  );
  const dialog = element("dialog", { "aria-label": title }, element("h2", {}, title), form);
  no.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    yes.disabled = true;
    try {
      await act();
      dialog.close();
    } catch (error) {
      status.textContent = texts.failure(error);
      yes.disabled = false;
    }
  });
  document.body.append(dialog);
  dialog.showModal();
}

/**
 * @param {string} name What it is called so far.
 * @param {(name: string) => Promise<void>} rename
 */
export function askName(name, rename) {
  const input = element("input", { "aria-label": words.newName, class: "wide" });
  input.value = name;
  ask(words.rename(clip(name, NAME_LIMIT)), [input], words.renameIt, () => rename(input.value));
  input.select();
}

/**
 * @param {string} name
 * @param {string} consequence What goes with it.
 * @param {() => Promise<void>} remove
 */
export function askRemoval(name, consequence, remove) {
  ask(words.remove(clip(name, NAME_LIMIT)), [element("p", {}, consequence)], words.removeIt, remove);
}
