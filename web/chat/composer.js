// Where the user writes, and the replies that the agent suggests.
import { cardAction } from "./cards.js";
import { object } from "./dom.js";

const fine = matchMedia("(hover: hover)"); // elsewhere, focus brings up a keyboard

export class Composer {
  #at;
  #send;

  // at has the elements form, field and suggestions.
  constructor(at, send) {
    this.#at = at;
    this.#send = send;
    at.form.addEventListener("submit", (e) => {
      e.preventDefault();
      this.#submit();
    });
    at.field.addEventListener("keydown", (e) => {
      if (e.key !== "Enter" || e.shiftKey || e.isComposing) return;
      e.preventDefault();
      this.#submit();
    });
    at.field.addEventListener("input", () => this.#fit());
  }

  focus() {
    if (fine.matches) this.#at.field.focus({ preventScroll: true });
  }

  // suggest shows replies until something else is said.
  suggest(actions) {
    const had = this.#at.suggestions.contains(document.activeElement);
    const send = (draft) => {
      this.suggest([]);
      this.#send(draft);
    };
    this.#at.suggestions.replaceChildren(...actions.map((a) => cardAction(object(a), send)));
    this.#at.suggestions.hidden = actions.length === 0;
    if (had) this.focus();
  }

  #submit() {
    const words = this.#at.field.value.trim();
    if (!words) return;
    this.#at.field.value = "";
    this.#fit();
    this.#send({ text: words, textFormat: "plain" });
  }

  #fit() {
    const { field } = this.#at;
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight + 2}px`; // 2 of borders
  }
}
