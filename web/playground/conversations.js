// Which conversations there are, and beginning one.
import { h, list, object, text } from "/chat/dom.js";
import * as api from "./api.js";

export class Conversations {
  #el;
  #told;
  #all = [];
  #total = 0;
  #began = new Map(); // id → the first message of a user that was seen
  #selected = "";
  #timer;

  // told has select(info or undefined) and failed(err).
  constructor(el, told) {
    this.#el = el;
    this.#told = told;
    this.#show();
  }

  get selected() {
    return this.#all.find((c) => c.id === this.#selected);
  }

  // title is what the list calls a conversation: its topic or its first message.
  title(id) {
    const known = this.#all.find((c) => c.id === id);
    return known ? text(known.topic) || this.#began.get(id) || short(known) : "";
  }

  // heard takes an exchange: one with a user's message may give the name.
  heard({ conversation, toAgent, activity }) {
    const { type, text: words } = object(activity);
    if (!toAgent || type !== "message" || !text(words).trim() || this.#began.has(conversation)) return;
    this.#began.set(conversation, text(words).trim().replaceAll(/\s+/g, " ").slice(0, 60));
    this.soon();
  }

  knows(id) {
    return this.#all.some((c) => c.id === id);
  }

  // soon asks for the list, once for all who want that at the same time.
  soon() {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.refresh();
    }, 250);
  }

  async refresh() {
    try {
      const answer = await api.conversations();
      this.#all = list(answer.conversations);
      this.#total = answer.total ?? this.#all.length;
      if (this.#selected && !this.selected) this.#all.unshift(await api.info(this.#selected));
    } catch (err) {
      if (err.status === 404) this.#selected = ""; // it is gone
      this.#told.failed(err);
    }
    this.#show();
    this.#told.select(this.selected);
  }

  // put takes a conversation as it is now.
  put(info) {
    const at = this.#all.findIndex((c) => c.id === info.id);
    if (at < 0) this.#all.unshift(info);
    else this.#all[at] = info;
    this.#show();
    this.#told.select(this.selected);
  }

  select(id) {
    this.#selected = id;
    history.replaceState(null, "", id ? `#conversation=${encodeURIComponent(id)}` : location.pathname);
    this.#show();
    this.#told.select(this.selected);
  }

  #show() {
    const focused = this.#el.contains(document.activeElement) ? document.activeElement.dataset.id : undefined;
    const rest = this.#total - this.#all.length;
    this.#el.replaceChildren(
      this.#item("", h("b", null, "All of them")),
      ...this.#all.map((c) => this.#item(c.id, h("b", { dir: "auto" }, this.title(c.id)), h("span", { class: "badge" }, c.channelId), h("span", { class: "who" }, this.title(c.id) === short(c) ? who(c) : `${short(c)} · ${who(c)}`))),
      ...(rest > 0 ? [h("li", { class: "hint" }, `and ${rest} older ones`)] : []),
    );
    if (focused !== undefined) [...this.#el.querySelectorAll("button")].find((b) => b.dataset.id === focused)?.focus();
  }

  #item(id, ...children) {
    const current = id === this.#selected ? "true" : undefined;
    return h("li", null, h("button", { type: "button", class: "conversation", "aria-current": current, "data-id": id || undefined, click: () => this.select(id) }, children));
  }
}

// short is a conversation by its kind and the beginning of its id.
const short = (c) => `${c.kind === "personal" ? "Personal" : c.kind === "channel" ? "Channel" : "Group"} ${c.id.length > 12 ? `${c.id.slice(0, 8)}…` : c.id}`;

const who = (c) => list(c.members).map((m) => text(m.name) || text(m.id)).join(", ") || "nobody yet";

// accounts makes users of names that a person wrote.
export function accounts(names, channel) {
  return names.split(",").map((n) => n.trim()).filter(Boolean).map((name) => account(name, "", channel));
}

export function account(name, id, channel) {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "") || "user";
  return { id: id || (channel === "msteams" ? `29:${plain}` : plain), name };
}

// beginning wires the dialog for a new conversation; made gets its Info.
export function beginning(dialog, channels, made) {
  const form = dialog.querySelector("form");
  form.elements.channelId.replaceChildren(...channels.map((c) => h("option", { value: c }, c)));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const problem = form.querySelector(".trouble-words");
    problem.textContent = "";
    const { channelId, kind, users, topic } = form.elements;
    form.querySelector("[type=submit]").disabled = true;
    try {
      const info = await api.start({
        channelId: channelId.value, kind: kind.value, members: accounts(users.value, channelId.value),
        topic: topic.value.trim() || undefined, locale: navigator.language,
      });
      dialog.close();
      made(info);
    } catch (err) {
      problem.textContent = api.words(err);
    }
    form.querySelector("[type=submit]").disabled = false;
  });
}
