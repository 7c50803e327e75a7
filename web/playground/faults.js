// Switches for what goes wrong when the agent calls the channel.
import { h } from "/chat/dom.js";
import * as api from "./api.js";

const blocked = "MessageWritesBlocked";
const uninstalled = "BotNotInConversationRoster";
const installs = ["msteams", "emulator"];

export class Faults {
  #told;
  #set = {}; // by conversation, as the server has them
  #info;
  #scope;
  #rows = [];
  #fields = {};

  // told has problem(err) and moved(address).
  constructor(el, scope, told) {
    this.#told = told;
    this.#scope = scope;
    const number = (name, label, value, max) =>
      (this.#fields[name] = h("input", { type: "number", class: "number", "aria-label": label, value: String(value), min: "0", max: String(max) }));
    const answers = { 500: "500 Internal Server Error", 502: "502 Bad Gateway", 503: "503 Service Unavailable" };
    this.#fields.status = h("select", { class: "small", "aria-label": "Status" }, Object.entries(answers).map(([v, t]) => h("option", { value: v }, t)));
    el.append(
      this.#row("Throttle", [h("span", { class: "unseen" }, "429, "), "retry in ", number("retryAfter", "Retry after, in seconds", 2, 3600), " s"],
        (f) => f.status === 429 && `retry in ${f.retryAfter ?? 0} s`, (f) => ({ ...plain(f), status: 429, code: "TooManyRequests", retryAfter: this.#number("retryAfter") })),
      this.#row("Fail", [this.#fields.status],
        (f) => f.status >= 500 && String(f.status), (f) => ({ ...plain(f), status: Number(this.#fields.status.value), code: "ServiceError" })),
      this.#row("Slow", [number("delayMs", "Delay, in milliseconds", 3000, 600000), " ms"],
        (f) => f.delayMs > 0 && `${f.delayMs} ms`, (f) => ({ ...f, delayMs: this.#number("delayMs") }), (f) => ({ ...f, delayMs: 0 })),
      this.#row("Drop", [h("span", { class: "unseen" }, "the connection "), "after taking it"], (f) => f.drop && "after taking it", (f) => ({ ...f, drop: true }), (f) => ({ ...f, drop: false })),
      this.#row("Blocked", ["403, by the user"], (f) => f.code === blocked && "403, by the user", "block", "unblock"),
      this.#row("Uninstalled", ["403, the agent is told"], (f) => f.code === uninstalled && "403", "uninstall", "install"),
      h("p", { class: "times" }, "Lasts for ", number("times", "How many calls a switch lasts, 0 until it is off", 0, 100000), " calls; 0: until it is off"),
      h("div", { class: "bar" }, h("button", { class: "quiet", type: "button", click: () => this.#move() }, "Move the service URL"),
        h("span", { class: "hint moved", role: "status" })),
    );
    this.moved = el.querySelector(".moved");
    scope.addEventListener("change", () => this.#show());
    this.#show();
  }

  get any() {
    return Object.keys(this.#set).length > 0;
  }

  show(info) {
    this.#info = info;
    this.#show();
  }

  async refresh() {
    try {
      this.#set = await api.faults();
    } catch {
      return; // the page says elsewhere that the server is away
    }
    this.#show();
  }

  get #where() {
    return this.#scope.value === "all" ? "" : (this.#info?.id ?? "");
  }

  get #fault() {
    return this.#set[this.#where] ?? {};
  }

  #number(name) {
    return Math.max(0, Math.round(Number(this.#fields[name].value)) || 0);
  }

  // row makes a switch. is says in words what it does now, if it is on; on and
  // off make a fault of another, or name a route.
  #row(name, words, is, on, off = plain) {
    const id = `fault-${name.toLowerCase()}`;
    const now = h("span", { hidden: true });
    const choice = h("span", null, words);
    const left = h("span", { class: "left-over" });
    const button = h("button", { class: "switch", type: "button", role: "switch", "aria-checked": "false", "aria-describedby": id }, h("span", { class: "knob", "aria-hidden": "true" }), name);
    button.addEventListener("click", () => this.#flip(is(this.#fault) ? off : on));
    this.#rows.push({ button, now, choice, left, is, route: typeof on === "string" ? on : "" });
    return h("div", { class: "fault" }, button, h("span", { class: "fault-words", id }, choice, now), left);
  }

  async #flip(to) {
    try {
      if (typeof to === "string") {
        try {
          await api.membership(this.#info.id, to);
        } finally {
          await this.refresh(); // it happened also when the agent did not take the news
        }
        return;
      }
      const fault = to(this.#fault);
      const idle = !fault.status && !fault.delayMs && !fault.drop;
      this.#set = await api.setFault(this.#where, idle ? {} : { ...fault, times: this.#number("times") });
    } catch (err) {
      this.#told.problem(err);
    }
    this.#show();
  }

  async #move() {
    try {
      const { serviceUrl } = await api.move();
      this.moved.textContent = `now ${serviceUrl}`;
      this.#told.moved();
    } catch (err) {
      this.#told.problem(err);
    }
  }

  #show() {
    const alone = this.#scope.options[0];
    alone.disabled = !this.#info;
    if (!this.#info) this.#scope.value = "all";
    else if (this.#chosen !== this.#info.id) this.#scope.value = "one";
    this.#chosen = this.#info?.id;
    const fault = this.#fault;
    for (const { button, now, choice, left, is, route } of this.#rows) {
      const does = is(fault);
      const on = Boolean(does);
      choice.hidden = on;
      now.hidden = !on;
      now.textContent = does || "";
      button.setAttribute("aria-checked", String(on));
      left.textContent = !on ? "" : fault.times ? `${fault.times} left` : "on";
      const why = route && this.#whyNot(route);
      button.disabled = Boolean(why);
      button.title = why;
    }
    const elsewhere = this.#where && this.#set[""] && !this.#set[this.#where];
    this.#scope.title = elsewhere ? "Something is set for all conversations" : "";
    this.#scope.classList.toggle("warn", Boolean(elsewhere));
  }

  #whyNot(route) {
    if (!this.#where) return this.#info ? "This is for one conversation: choose “this conversation” above" : "Select a conversation first";
    return route === "uninstall" && !installs.includes(this.#info.channelId) ? `${this.#info.channelId} has no installation` : "";
  }

  #chosen;
}

// plain is a fault that answers as usual.
const plain = ({ delayMs, drop }) => ({ delayMs, drop });
