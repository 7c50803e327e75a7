// Where the user writes, the files that go along, and the replies that the
// agent suggests.
import { cardAction } from "./cards.js";
import { object } from "./dom.js";
import * as memory from "./memory.js";
import { Tray } from "./tray.js";

const fine = matchMedia("(hover: hover)"); // elsewhere, focus brings up a keyboard

export class Composer {
  #at;
  #send;
  #tray;
  #key = "";

  // at has the elements composer, field and suggestions, and those of Tray.
  constructor(at, send) {
    this.#at = at;
    this.#send = send;
    this.#tray = new Tray(at, () => this.focus());
    at.composer.addEventListener("submit", (e) => {
      e.preventDefault();
      this.#submit();
    });
    at.field.addEventListener("keydown", (e) => {
      if (e.key !== "Enter" || e.shiftKey || e.isComposing) return;
      e.preventDefault();
      this.#submit();
    });
    at.field.addEventListener("input", () => this.#changed());
  }

  focus() {
    if (!fine.matches) return;
    this.#fit();
    this.#at.field.focus({ preventScroll: true });
  }

  // keepAs says under which name the tab remembers what is typed.
  keepAs(key) {
    this.#key = key;
    if (this.#at.field.value) this.#changed();
    else this.#fill(memory.draft(key));
  }

  takeOver(other) {
    this.#fill(other.#at.field.value);
    this.#tray.add(other.#tray.files);
    other.#fill("");
    other.#tray.clear();
  }

  // edit brings back words that were not sent, before what was typed since.
  edit(words) {
    this.#fill([words, this.#at.field.value].filter(Boolean).join("\n"));
    this.focus();
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
    const { files } = this.#tray;
    if (!words && !files.length) return;
    this.#fill("");
    this.#tray.clear();
    this.#send(words ? { text: words, textFormat: "plain" } : {}, files);
  }

  #fill(words) {
    this.#at.field.value = words;
    this.#changed();
  }

  #changed() {
    if (this.#key) memory.rememberDraft(this.#key, this.#at.field.value);
    this.#fit();
  }

  #fit() {
    const { field } = this.#at;
    field.style.height = "auto";
    if (field.scrollHeight) field.style.height = `${field.scrollHeight + 2}px`; // 2 of borders; 0 when not on the page
  }
}
