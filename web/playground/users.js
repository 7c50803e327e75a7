// Who is in the selected conversation, and speaking as one of them.
import { h, list, text } from "/chat/dom.js";
import * as api from "./api.js";
import { account } from "./conversations.js";

export const nameOf = (m) => text(m.name) || text(m.id);

export class Users {
  #at;
  #told;
  #info;

  // at has the elements users, as, form and words; told has changed(info),
  // problem(err) and saying().
  constructor(at, told) {
    this.#at = at;
    this.#told = told;
    at.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#say();
    });
  }

  // current is the user who speaks.
  get current() {
    return list(this.#info?.members).find((m) => m.id === this.#at.as.value) ?? list(this.#info?.members)[0];
  }

  show(info) {
    const same = JSON.stringify([info?.id, info?.members]) === JSON.stringify([this.#info?.id, this.#info?.members]);
    this.#info = info;
    if (same) return;
    const before = this.#at.as.value;
    const members = list(info?.members);
    this.#at.users.replaceChildren(...members.map((m) => h("li", { class: "user", title: m.id }, nameOf(m),
      h("button", { class: "remove", type: "button", "aria-label": `Remove ${nameOf(m)}`, click: () => this.#leave(m) }, "×"))));
    this.#at.as.replaceChildren(...members.map((m) => h("option", { value: m.id }, nameOf(m))));
    if (members.some((m) => m.id === before)) this.#at.as.value = before;
    this.#at.form.querySelector("[type=submit]").disabled = !members.length;
  }

  async #say() {
    const words = this.#at.words.value;
    const user = this.current;
    if (!user || !words.trim()) return;
    this.#at.words.value = "";
    this.#told.saying();
    try {
      await api.inject(this.#info.id, { type: "message", text: words, textFormat: "plain", locale: navigator.language, from: { id: user.id, name: user.name } });
    } catch (err) {
      this.#told.problem(err);
      if (err.status === 0 && !this.#at.words.value) this.#at.words.value = words; // it never left
    }
  }

  async #leave(m) {
    try {
      this.#told.changed(await api.leave(this.#info.id, m.id));
    } catch (err) {
      this.#told.problem(err);
    }
  }

  // joining wires the dialog that adds a user.
  joining(dialog) {
    const form = dialog.querySelector("form");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const problem = form.querySelector(".trouble-words");
      problem.textContent = "";
      try {
        const newcomer = account(form.elements.name.value.trim(), form.elements.id.value.trim(), this.#info.channelId);
        this.#told.changed(await api.join(this.#info.id, [newcomer]));
        dialog.close();
        form.reset();
      } catch (err) {
        problem.textContent = api.words(err);
      }
    });
  }
}
