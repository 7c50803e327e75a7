// The live list of exchanges. One of them can be selected, by pointer or keys.
import { h, list, object, text } from "/chat/dom.js";
import { bad, begun, clock, excerpt, matches, millis, trouble, typeOf } from "./wire.js";

const kept = 1_000; // exchanges on this page

export class Feed {
  #at;
  #told;
  #all = []; // oldest first
  #rows = new Map(); // seq → row that is shown
  #filter = { conversation: "", words: "", troubleOnly: false };
  #selected = 0; // seq
  #waiting = [];
  #cleared = 0; // seq up to which the list was cleared
  #atEnd = true;

  // at has the elements list, none and more; told has select(exchange) and where(conversation), its title.
  constructor(at, told) {
    this.#at = at;
    this.#told = told;
    at.list.addEventListener("click", ({ target }) => this.#pick(target.closest("[role=option]")));
    at.list.addEventListener("keydown", (event) => this.#key(event));
    at.list.addEventListener("scroll", () => {
      const { scrollHeight, scrollTop, clientHeight } = at.list;
      this.#atEnd = scrollHeight - scrollTop - clientHeight < 40;
      if (this.#atEnd) at.more.hidden = true;
    }, { passive: true });
    at.more.addEventListener("click", () => this.#toEnd());
    new ResizeObserver(() => this.#atEnd && this.#toEnd()).observe(at.list);
  }

  // add takes one more. Those that come together are shown together.
  add(exchange) {
    this.#waiting.push({ ...exchange, begun: begun(exchange) });
    if (this.#waiting.length === 1) setTimeout(() => this.#flush(), 30);
  }

  #flush() {
    const news = this.#waiting;
    this.#waiting = [];
    // An exchange is told when it is over, so what happened within it comes first.
    this.#all = [...this.#all, ...news].sort((a, b) => a.begun - b.begun || Number(b.toAgent) - Number(a.toAgent) || a.seq - b.seq).slice(-kept);
    this.#show();
  }

  filter(change) {
    Object.assign(this.#filter, change);
    this.#atEnd = true;
    this.#show();
  }

  // retitle shows the titles of conversations as they are now.
  retitle() {
    this.#show();
  }

  clear() {
    this.#cleared = this.#all.reduce((last, e) => Math.max(last, e.seq), this.#cleared);
    this.#show();
  }

  get(seq) {
    return this.#all.find((e) => e.seq === seq);
  }

  #matches(e) {
    const { conversation, words, troubleOnly } = this.#filter;
    return e.seq > this.#cleared && (!conversation || e.conversation === conversation) && (!troubleOnly || trouble(e)) && matches(e, words);
  }

  // show makes the list what it should be, and touches only what changed.
  #show() {
    const shown = this.#all.filter((e) => this.#matches(e));
    const focused = this.#at.list.contains(document.activeElement);
    const rows = new Map(shown.map((e) => [e.seq, this.#rows.get(e.seq) ?? row(e)]));
    for (const [seq, el] of this.#rows) if (!rows.has(seq)) el.remove();
    let before = this.#at.list.firstChild;
    let grown = false;
    for (const el of rows.values()) {
      if (el === before) before = before.nextSibling;
      else {
        this.#at.list.insertBefore(el, before);
        grown = true;
      }
    }
    this.#rows = rows;
    const all = !this.#filter.conversation;
    this.#at.list.classList.toggle("all", all);
    if (all) for (const e of shown) mark(rows.get(e.seq), this.#told.where(e.conversation));
    this.#at.none.hidden = shown.length > 0;
    this.#at.none.textContent = this.#all.length
      ? "Nothing here matches."
      : "Nothing yet. Start a conversation, or talk to the agent in the chat.";
    if (this.#selected && !rows.has(this.#selected)) {
      this.#selected = 0;
      if (focused) this.#at.list.focus();
    }
    this.#at.list.tabIndex = this.#selected ? -1 : 0;
    if (this.#atEnd) this.#toEnd();
    else if (grown) this.#at.more.hidden = false;
  }

  #toEnd() {
    this.#at.list.scrollTop = this.#at.list.scrollHeight;
    this.#atEnd = this.#at.more.hidden = true;
  }

  select(seq, focus) {
    const old = this.#rows.get(this.#selected);
    old?.setAttribute("aria-selected", "false");
    old?.setAttribute("tabindex", "-1");
    this.#selected = seq;
    const el = this.#rows.get(seq);
    el?.setAttribute("aria-selected", "true");
    el?.setAttribute("tabindex", "0");
    this.#at.list.tabIndex = el ? -1 : 0;
    if (focus) el?.focus();
    el?.scrollIntoView({ block: "nearest" });
    this.#told.select(this.get(seq));
  }

  #pick(el) {
    if (el) this.select(Number(el.dataset.seq), true);
  }

  #key(event) {
    const rows = [...this.#at.list.children];
    const at = rows.findIndex((el) => el.getAttribute("aria-selected") === "true");
    const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? rows.length - 1 : at - 1, Home: 0, End: rows.length - 1, PageDown: at + 10, PageUp: at - 10 }[event.key];
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.#pick(rows[Math.max(0, Math.min(rows.length - 1, to))]);
  }
}

// mark tells which conversation a row belongs to.
function mark(el, where) {
  const at = el.querySelector(".where");
  if (at.textContent !== where) at.textContent = where;
}

function row(e) {
  const direction = e.toAgent ? "to the agent" : "from the agent";
  const warnings = list(e.warnings).length;
  const from = e.toAgent && !text(object(e.activity).type).endsWith("Update") && text(object(object(e.activity).from).name);
  return h("div", {
    role: "option", class: `row ${e.toAgent ? "in" : "out"}${bad(e) ? " bad" : ""}`, "aria-selected": "false", tabindex: "-1", "data-seq": String(e.seq),
  },
  h("span", { class: "time" }, clock(e.time)),
  h("span", { class: "arrow", title: direction }, h("span", { "aria-hidden": "true" }, e.toAgent ? "→" : "←"), h("span", { class: "unseen" }, direction)),
  h("span", { class: "type" }, typeOf(e), e.activity && !["deliver", "send", typeOf(e)].includes(e.op) && h("span", { class: "op" }, e.op)),
  h("span", { class: "gist" }, h("span", { class: "where badge" }), from && excerpt(e) && h("b", null, `${from}: `), excerpt(e) || h("i", null, e.activity ? "–" : text(e.activityId) || "–")),
  h("span", { class: "marks" },
    warnings > 0 && h("span", { class: "mark warn", title: e.warnings.join("\n") }, `⚠ ${warnings}`, h("span", { class: "unseen" }, " warnings")),
    h("span", { class: `status${bad(e) ? " bad" : ""}`, title: text(e.error) }, e.status ? String(e.status) : "no answer"),
    h("span", { class: "took" }, millis(e))));
}
