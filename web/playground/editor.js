// An activity to send, as JSON that can be edited before.
import { h } from "/chat/dom.js";
import * as api from "./api.js";
import { json } from "./json.js";
import { nameOf } from "./users.js";

// What the channel fills in again when an activity is sent once more.
const channels = ["id", "timestamp", "conversation", "recipient", "serviceUrl", "channelId"];

export class Editor {
  #dialog;
  #form;
  #info;
  #templates = [];

  constructor(dialog) {
    this.#dialog = dialog;
    this.#form = dialog.querySelector("form");
    const { template, from } = this.#form.elements;
    template.addEventListener("change", () => this.#fill(this.#templates[template.value]?.activity));
    from.addEventListener("change", () => this.#sendAs(from.value));
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
  }

  // open offers the templates of a group, or a given activity.
  async open(info, user, { group, activity, replyToId }) {
    this.#info = info;
    this.#say("");
    this.#answer();
    const { template, from } = this.#form.elements;
    from.replaceChildren(...(info.members ?? []).map((m) => h("option", { value: m.id }, nameOf(m))));
    if (user) from.value = user.id;
    this.#templates = [];
    let problem = "";
    try {
      const all = await api.templates(info.id, user?.id ?? "");
      this.#templates = group ? all.filter((t) => t.group === group) : all;
    } catch (err) {
      problem = api.words(err);
    }
    if (activity) {
      const again = Object.fromEntries(Object.entries(activity).filter(([name]) => !channels.includes(name)));
      this.#templates.unshift({ name: "As it was sent", activity: again });
    }
    if (replyToId) for (const t of this.#templates) t.activity.replyToId = replyToId;
    template.replaceChildren(...this.#templates.map((t, i) => h("option", { value: String(i) }, t.name)));
    template.disabled = !this.#templates.length;
    this.#fill(this.#templates[0]?.activity);
    if (!problem && !this.#templates.length) problem = `Nothing of this kind happens on the channel ${info.channelId}. Any activity can be written by hand.`;
    this.#say(problem);
    this.#dialog.showModal();
    const field = this.#form.elements.json;
    field.focus();
    field.setSelectionRange(0, 0);
    field.scrollTop = 0;
  }

  #fill(activity) {
    const { type, name, from, ...rest } = activity ?? { type: "event", name: "my.event" };
    this.#form.elements.json.value = JSON.stringify({ type, name, ...rest, from }, null, 2);
    this.#say("");
    this.#answer();
  }

  #sendAs(id) {
    const user = this.#info.members.find((m) => m.id === id);
    const activity = this.#read();
    if (user && activity) this.#form.elements.json.value = JSON.stringify({ ...activity, from: { id: user.id, name: user.name, aadObjectId: user.aadObjectId } }, null, 2);
  }

  #read() {
    try {
      const activity = JSON.parse(this.#form.elements.json.value);
      if (activity === null || typeof activity !== "object" || Array.isArray(activity)) throw new Error("an activity is an object, in braces");
      this.#say("");
      return activity;
    } catch (err) {
      this.#say(`This is not JSON: ${err.message}`);
    }
  }

  async #send() {
    const activity = this.#read();
    this.#answer();
    if (!activity) return;
    const button = this.#form.querySelector("[type=submit]");
    button.disabled = true;
    try {
      this.#answer(await api.inject(this.#info.id, activity));
    } catch (err) {
      this.#say(api.words(err));
    }
    button.disabled = false;
  }

  #say(problem) {
    this.#form.querySelector(".trouble-words").textContent = problem;
  }

  #answer(answer) {
    const el = this.#form.querySelector(".answer");
    if (!answer) return el.replaceChildren();
    el.replaceChildren(h("p", null, answer.status === 501 ? "The agent answered 501: it does not know this." : `The agent answered ${answer.status || "nothing"}.`), answer.body === undefined ? "" : json(answer.body));
  }
}
