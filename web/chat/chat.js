// The list of what was said. Every activity has a key: messages of this user
// the clientActivityID they were sent with, all others their id. What comes
// again under its key replaces what was there.
import { bubble, hidden, line, status } from "./bubble.js";
import { list, object, text } from "./dom.js";
import * as memory from "./memory.js";
import { Scroll } from "./scroll.js";
import { Streams, streamOf } from "./streams.js";
import { Unasked } from "./unasked.js";

const typingLasts = 6_000; // ms without another sign

export class Chat {
  #at;
  #user;
  #told;
  #scroll;
  #unasked = new Unasked();
  #streams = new Streams();
  #items = new Map(); // key → {el, json, first, waiting}; waiting, a message, is not in the history yet
  #typingTimer;
  #filled = false; // the first history has been shown

  // at has the elements log, scroll, typing and more; told has act, which is
  // what cards can do, retry(activity), edit(words), suggest(actions) and
  // spoken(activity, own, quiet).
  constructor(at, user, told) {
    this.#at = at;
    this.#user = user;
    this.#told = told;
    this.#scroll = new Scroll(at);
  }

  // shown says that the conversation has come to the front; nobody wants to
  // hear all of it read out.
  shown(top) {
    this.#quietly();
    this.#scroll.shown(top);
  }

  // history is all there is. What is missing from it was deleted meanwhile.
  history(activities) {
    const quiet = !this.#filled;
    if (quiet) this.#quietly();
    this.#streams.clear();
    const latest = new Map(); // a message sent again counts where it came last
    for (const a of activities.map(object)) {
      const key = this.#key(a, this.#own(a));
      latest.delete(key);
      latest.set(key, a);
    }
    for (const a of latest.values()) this.#take(a, quiet);
    for (const [key, item] of this.#items) {
      if (!item.waiting && !latest.has(key)) this.#remove(key);
    }
    this.#filled = true;
  }

  activities(activities) {
    for (const a of activities) this.#take(object(a), false);
  }

  // sending shows a message at once, at the end, before the server has it.
  sending(a, files) {
    const key = this.#key(a, true);
    this.#told.suggest([]);
    if (hidden(a, true)) return;
    this.#remove(key);
    this.#place(key, a, { own: true, files });
    const item = this.#items.get(key);
    item.waiting = a;
    status(item.el, "Sending…");
    this.#scroll.toEnd("smooth");
  }

  // settle says how it went: with a problem, or done, as id and in how many ms.
  settle(a, problem, id, took) {
    if (!problem) this.#unasked.done(id, took);
    const item = this.#items.get(this.#key(a, true));
    if (!item) return problem && this.line(problem);
    if (!problem) return status(item.el, "Sent");
    const edit = item.waiting && text(a.text) && (() => {
      this.#remove(this.#key(a, true));
      this.#told.edit(text(a.text));
    });
    status(item.el, problem, () => this.#told.retry(a), edit);
  }

  // unsent are the messages that the server does not have.
  unsent() {
    return [...this.#items.values()].map((i) => i.waiting).filter(Boolean);
  }

  line(words) {
    this.#add(line(words));
  }

  #own = (a) => object(a.from).id === this.#user.id;

  #key(a, own) {
    const mine = own && text(object(a.channelData).clientActivityID);
    return mine ? `mine:${mine}` : `id:${text(a.id)}`;
  }

  #take(a, quiet) {
    const own = this.#own(a);
    switch (text(a.type)) {
      case "message":
      case "messageUpdate":
        return this.#message(a, own, quiet);
      case "messageDelete":
        return this.#remove(`id:${text(a.id)}`);
      case "typing":
        if (!own) this.#typingOf(a);
        return;
      case "endOfConversation":
      case "event": {
        const key = `id:${text(a.id)}`;
        if (own || this.#items.has(key)) return;
        const el = line(a.type === "event" ? `Event “${text(a.name)}”` : "The agent ended the conversation.");
        this.#items.set(key, { el, json: "" });
        this.#add(el);
      }
    }
  }

  #message(a, own, quiet) {
    const key = this.#key(a, own);
    const known = this.#items.get(key);
    const json = JSON.stringify(a);
    if (known?.json === json) return;
    const stream = own ? undefined : this.#streams.end(a);
    if (!own) this.#typing(false);
    if (own || !known) this.#told.suggest(own ? [] : suggestions(a, this.#user.id));
    if (hidden(a, own)) {
      stream?.remove();
      return this.#remove(key);
    }
    const first = known?.first ?? this.#unasked.of(a, own || byPerson(a), quiet);
    this.#place(key, a, { own, first, json, quiet, instead: stream });
    if (own) this.#statusOf(a, this.#items.get(key).el);
    if (own || !known) this.#told.spoken(a, own, quiet);
  }

  // statusOf says what became of a message that the server has. The agent may
  // not have taken it.
  #statusOf(a, el) {
    const problem = memory.refusal(text(object(a.channelData).clientActivityID));
    if (problem) status(el, problem, () => this.#told.retry(asWritten(a)));
    else status(el, "Sent");
  }

  // place shows a message in the place of what it replaces, or at the end.
  #place(key, a, { own, first, json, quiet, files, instead }) {
    const el = bubble(a, { own, first, quiet, files, act: this.#told.act });
    const old = this.#items.get(key)?.el ?? instead;
    this.#items.set(key, { el, json, first });
    if (old) old.replaceWith(el);
    else this.#add(el);
  }

  #remove(key) {
    this.#items.get(key)?.el.remove();
    this.#items.delete(key);
  }

  #typingOf(a) {
    if (!streamOf(a).streamType) return this.#typing(true, text(object(a.from).name));
    const el = this.#streams.take(a);
    if (!el) return;
    this.#typing(false);
    this.#add(el);
  }

  #typing(on, name = "") {
    clearTimeout(this.#typingTimer);
    this.#at.typing.hidden = !on;
    this.#at.typing.lastElementChild.textContent = on ? `${name || "The agent"} is typing…` : "";
    if (on) this.#typingTimer = setTimeout(() => this.#typing(false), typingLasts);
  }

  #add(el) {
    this.#at.log.append(el);
    this.#scroll.grown();
  }

  #quietly() {
    this.#at.log.setAttribute("aria-live", "off");
    setTimeout(() => this.#at.log.setAttribute("aria-live", "polite"), 200);
  }
}

// asWritten is a message without what the server added.
function asWritten(a) {
  const { id, timestamp, channelId, serviceUrl, conversation, recipient, ...rest } = a;
  return rest;
}

const byPerson = (a) => object(a.from).role === "user";

function suggestions(a, user) {
  const { actions, to } = object(a.suggestedActions);
  return list(to).length && !list(to).includes(user) ? [] : list(actions);
}
