// The conversations of this browser: one in front, and those beside it that
// may get a message. A few of them keep their socket; the others are asked now
// and then what is new.
import { Access } from "./access.js";
import { since } from "./directline.js";
import { list, object, text } from "./dom.js";
import { hidden } from "./bubble.js";
import { request } from "./http.js";
import * as memory from "./memory.js";
import { Pane } from "./pane.js";

const most = 20;
const sockets = 8;
const lookEvery = 5_000; // ms

// An item is {access, title, mark, unread, pane, used}: mark is how far it was
// read; pane is missing until the conversation was in front.
export class Conversations {
  items = [];
  front;
  #user;
  #settings;
  #told;
  #used = 0;

  // told has changed() and news(item), for a message that came beside.
  constructor(user, settings, told) {
    this.#user = user;
    this.#settings = settings;
    this.#told = told;
    this.items = memory.conversations().map((c) => this.#item(c));
    this.#look();
  }

  // open brings a conversation to the front.
  open(id) {
    let item = this.items.find((i) => i.access.conversation === id);
    memory.reopen(id);
    if (!item) this.#add((item = this.#item({ id })));
    this.#show(item);
  }

  // begin makes a new one and brings it to the front; words explain why.
  begin(words) {
    const item = this.#item({});
    this.#add(item);
    this.#show(item);
    if (words) item.pane.chat.line(words);
    return item;
  }

  // forget closes a conversation on this page; on the server it stays.
  forget(item) {
    const at = this.items.indexOf(item);
    this.#drop(item, true);
    if (item !== this.front) return this.#save();
    const next = this.items[Math.min(at, this.items.length - 1)];
    if (next) this.#show(next);
    else this.begin();
  }

  // seen says that the user looks at what is in front.
  seen() {
    const { front } = this;
    if (document.hidden || !front) return;
    const had = front.unread;
    front.unread = 0;
    if (later(front.pane.mark, front.mark)) {
      front.mark = front.pane.mark;
      this.#save();
    } else if (had) this.#told.changed();
  }

  get unread() {
    return this.items.reduce((sum, i) => sum + i.unread, 0);
  }

  #item({ id = "", title = "", mark = "" }) {
    return { access: new Access(this.#user, id), title, mark, unread: 0, pane: undefined, used: 0 };
  }

  #add(item) {
    this.items.unshift(item);
    while (this.items.length > most) this.#drop(this.items.findLast((i) => i !== this.front && i !== item));
  }

  // drop takes one off the list; for good means that it does not come back.
  #drop(item, forGood) {
    this.items = this.items.filter((i) => i !== item);
    if (forGood && item.access.conversation) memory.rememberClosed(item.access.conversation);
    item.pane?.close();
    item.access.close();
  }

  #show(item) {
    this.front?.pane.left();
    this.front = item;
    item.used = ++this.#used;
    item.pane ??= new Pane(item.access, this.#settings, {
      begun: () => this.#save(),
      changed: () => (item === this.front ? (this.seen(), this.#told.changed()) : undefined),
      heard: (a, own, quiet) => this.#heard(item, a, own, quiet),
      gone: () => this.#gone(item),
    });
    document.getElementById("front").replaceChildren(...item.pane.elements);
    item.pane.shown();
    this.#rest();
    this.seen();
    this.#save();
  }

  // rest closes the sockets of those that were not in front for longest.
  #rest() {
    const open = this.items.filter((i) => i.pane?.line.following).sort((a, b) => b.used - a.used);
    for (const item of open.slice(sockets)) item.pane.line.rest();
  }

  #heard(item, a, own, quiet) {
    if (own && !item.title) {
      item.title = titleOf(a);
      this.#save();
    }
    if (own || quiet || (item === this.front && !document.hidden)) return;
    item.unread++;
    this.#told.news(item);
  }

  #gone(item) {
    const wasFront = item === this.front;
    this.#drop(item, true);
    if (!wasFront) return this.#save();
    const fresh = this.begin("The earlier conversation is no longer on the server. This is a new one.");
    fresh.pane.takeOver(item.pane);
  }

  // merge takes over what other tabs have begun, read and closed.
  #merge() {
    const closed = new Set(memory.closed());
    for (const item of this.items) if (item !== this.front && closed.has(item.access.conversation)) this.#drop(item);
    for (const c of memory.conversations()) {
      const item = this.items.find((i) => i.access.conversation === c.id);
      if (item && later(c.mark, item.mark)) item.mark = c.mark;
      else if (!item && !closed.has(c.id) && this.items.length < most) this.items.push(this.#item(c));
    }
  }

  #save() {
    this.#merge();
    const kept = this.items.filter((i) => i.access.conversation);
    memory.rememberConversations(kept.map(({ access, title, mark }) => ({ id: access.conversation, title, mark })));
    if (this.front?.access.conversation) memory.rememberFront(this.front.access.conversation);
    this.#told.changed();
  }

  async #look() {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, lookEvery));
      this.#merge();
      this.#told.changed();
      await this.#findOthers().catch(() => {});
      for (const item of [...this.items]) {
        if (item === this.front || item.pane?.line.following || !item.access.conversation) continue;
        await this.#ask(item).catch((err) => err.status === 404 && (this.#drop(item, true), this.#save()));
      }
    }
  }

  // ask counts what came since the conversation was read.
  async #ask(item) {
    const { activities } = await since(item.access, item.mark);
    if (item === this.front || item.pane?.line.following) return;
    const mine = (a) => object(a.from).id === this.#user.id;
    const news = activities.map(object).filter((a) => a.type === "message" && !mine(a) && !hidden(a, false));
    item.hint ||= news.length && !item.mark ? titleOf(news[0]) : "";
    const more = news.length > item.unread;
    const changed = item.unread !== news.length;
    item.unread = news.length;
    if (more) this.#told.news(item);
    else if (changed) this.#told.changed();
  }

  // findOthers looks for conversations that the agent or the playground began
  // with this user.
  async #findOthers() {
    if (!this.#settings.playground) return;
    const { conversations } = await request("GET", `/playground/api/conversations?user=${encodeURIComponent(this.#user.id)}`);
    const known = new Set([...this.items.map((i) => i.access.conversation), ...memory.closed()]);
    const others = list(conversations).map(object).filter((c) => text(c.id) && !known.has(text(c.id)));
    others.sort((a, b) => text(b.updated).localeCompare(text(a.updated)));
    const found = others.slice(0, Math.max(0, most - this.items.length));
    if (!found.length || this.items.some((i) => !i.access.conversation)) return; // the one that just begins is among them
    for (const c of found) this.items.unshift(this.#item({ id: text(c.id), title: text(c.topic) }));
    this.#save();
  }
}

// later compares marks, which this server counts up.
const later = (a, b) => Number(a) > Number(b);

const titleOf = (a) => (text(a.text) || text(object(list(a.attachments)[0]).name) || "A card").replace(/\s+/g, " ").slice(0, 60);
