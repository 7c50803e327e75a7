// The list of what was said. Every activity has a key: messages of this user
// the clientActivityID they were sent with, all others their id. What comes
// again under its key replaces what was there.
import { bubble, grow, hidden, line, live, status } from "./bubble.js";
import { list, object, text } from "./dom.js";
import { Unasked } from "./unasked.js";

const typingLasts = 6_000; // ms without another sign

export class Chat {
  #at;
  #user;
  #told;
  #unasked = new Unasked();
  #items = new Map(); // key → {el, json, first, waiting}; waiting is not in the history yet
  #streams = new Map(); // stream id → {el, sequence}
  #typingTimer;
  #filled = false; // the first history has been shown
  #atEnd = true; // the user looks at the end, so keep it in sight

  // at has the elements log, scroll, typing and more; told has send(draft),
  // retry(activity), suggest(actions) and spoken(own).
  constructor(at, user, told) {
    this.#at = at;
    this.#user = user;
    this.#told = told;
    at.more.addEventListener("click", () => this.#toEnd("smooth"));
    let top = 0;
    at.scroll.addEventListener("scroll", () => {
      const { scrollHeight, scrollTop, clientHeight } = at.scroll;
      if (scrollHeight - scrollTop - clientHeight < 60) this.#atEnd = at.more.hidden = true;
      else if (scrollTop < top) this.#atEnd = false;
      top = scrollTop;
    }, { passive: true });
    const size = new ResizeObserver(() => this.#atEnd && this.#toEnd("auto"));
    for (const el of [at.scroll, at.log, at.typing]) size.observe(el);
  }

  clear() {
    this.#items.clear();
    this.#unasked.restart();
    this.#dropStreams();
    this.#typing(false);
    this.#filled = false;
    this.#at.log.replaceChildren();
    this.#told.suggest([]);
  }

  // history is all there is. What is missing from it was deleted meanwhile.
  history(activities) {
    const quiet = !this.#filled;
    if (quiet) this.#at.log.setAttribute("aria-live", "off");
    this.#dropStreams();
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
    if (quiet) setTimeout(() => this.#at.log.setAttribute("aria-live", "polite"), 200);
  }

  activities(activities) {
    for (const a of activities) this.#take(object(a), false);
  }

  // sending shows a message at once, at the end, before the server has it.
  sending(a) {
    const key = this.#key(a, true);
    this.#told.suggest([]);
    if (hidden(a, true)) return;
    this.#remove(key);
    this.#place(key, a, { own: true });
    const item = this.#items.get(key);
    item.waiting = true;
    status(item.el, "Sending…");
    this.#toEnd("smooth");
  }

  // settle says how it went: with a problem, or done, as id and in how many ms.
  settle(a, problem, id, took) {
    if (!problem) this.#unasked.done(id, took);
    const item = this.#items.get(this.#key(a, true));
    if (!item) return problem && this.line(problem);
    if (problem) status(item.el, problem, () => this.#told.retry(a));
    else status(item.el, "Sent");
  }

  line(words) {
    this.#add(line(words));
  }

  #own = (a) => object(a.from).id === this.#user.id || object(a.from).role === "user";

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
        if (own) return;
        return streamOf(a).streamType ? this.#stream(a) : this.#typing(true, text(object(a.from).name));
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
    const streamId = own ? "" : text(streamOf(a).streamId);
    const stream = this.#streams.get(streamId);
    this.#streams.delete(streamId);
    if (!own) this.#typing(false);
    if (own || !known) this.#told.suggest(own ? [] : suggestions(a, this.#user.id));
    if (hidden(a, own)) {
      stream?.el.remove();
      return this.#remove(key);
    }
    const first = known?.first ?? this.#unasked.of(a, own, quiet);
    this.#place(key, a, { own, first, json, instead: stream?.el });
    if (own) status(this.#items.get(key).el, "Sent");
    if (own || !known) this.#told.spoken(own, quiet);
  }

  // place shows a message in the place of what it replaces, or at the end.
  #place(key, a, { own, first, json, instead }) {
    const el = bubble(a, { own, first, send: this.#told.send });
    const old = this.#items.get(key)?.el ?? instead;
    this.#items.set(key, { el, json, first });
    if (old) old.replaceWith(el);
    else this.#add(el);
  }

  #stream(a) {
    const { streamId, streamType, streamSequence } = streamOf(a);
    const id = text(streamId) || text(a.id);
    const stream = this.#streams.get(id) ?? { el: live(a), sequence: -1 };
    if (!this.#streams.has(id)) {
      this.#streams.set(id, stream);
      this.#typing(false);
      this.#add(stream.el);
    }
    const sequence = Number(streamSequence) || 0;
    if (sequence < stream.sequence) return; // late
    stream.sequence = sequence;
    grow(stream.el, text(a.text), streamType === "informative");
  }

  #dropStreams() {
    for (const { el } of this.#streams.values()) el.remove();
    this.#streams.clear();
  }

  #remove(key) {
    this.#items.get(key)?.el.remove();
    this.#items.delete(key);
  }

  #typing(on, name = "") {
    clearTimeout(this.#typingTimer);
    this.#at.typing.hidden = !on;
    this.#at.typing.lastElementChild.textContent = on ? `${name || "The agent"} is typing…` : "";
    if (on) this.#typingTimer = setTimeout(() => this.#typing(false), typingLasts);
  }

  #add(el) {
    this.#at.log.append(el);
    if (this.#atEnd) this.#toEnd("auto");
    else this.#at.more.hidden = false;
  }

  #toEnd(behavior) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#at.scroll.scrollTo({ top: this.#at.scroll.scrollHeight, behavior: calm ? "auto" : behavior });
    this.#atEnd = this.#at.more.hidden = true;
  }
}

// streamOf finds where an activity belongs to a streamed answer.
function streamOf(a) {
  const data = object(a.channelData);
  if (data.streamType) return data;
  return object(list(a.entities).find((e) => object(e).type === "streaminfo"));
}

function suggestions(a, user) {
  const { actions, to } = object(a.suggestedActions);
  return list(to).length && !list(to).includes(user) ? [] : list(actions);
}
