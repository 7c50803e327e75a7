// The list of conversations. Where there is room it stands beside the
// conversation; elsewhere a button brings it up.
import { h } from "./dom.js";

export class Side {
  #at;
  #button;
  #all;
  #drawn = "";

  constructor(at, button, all) {
    this.#at = at;
    this.#button = button;
    this.#all = all;
  }

  draw() {
    const { items, front, unread } = this.#all;
    const drawn = JSON.stringify(items.map((i) => [name(i), i.unread, i === front, i.access.conversation]));
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const focused = this.#at.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
    this.#at.querySelector("ul").replaceChildren(...items.map((i) => this.#entry(i)));
    if (focused) this.#at.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
    const beside = unread - (front?.unread ?? 0);
    this.#button.querySelector(".badge").textContent = beside || "";
    this.#button.setAttribute("aria-label", beside ? `Conversations, ${count(beside)}` : "Conversations");
  }

  // announce says politely that a message came beside.
  announce(item) {
    if (item === this.#all.front) return; // the log says it
    this.#at.ownerDocument.getElementById("news").textContent = item.unread > 1 ? `${count(item.unread)} in “${name(item)}”` : `New message in “${name(item)}”`;
  }

  #entry(item) {
    const key = item.access.conversation;
    const open = () => {
      if (this.#at.matches(":popover-open")) this.#at.hidePopover();
      if (item !== this.#all.front) this.#all.open(key);
    };
    return h("li", null,
      h("button", { class: "entry", type: "button", "data-key": `open ${key}`, "aria-current": item === this.#all.front && "true", click: open },
        h("span", { class: "name", dir: "auto" }, name(item)),
        item.unread > 0 && h("span", { class: "badge" }, item.unread > 99 ? "99+" : String(item.unread), h("span", { class: "unseen" }, item.unread === 1 ? " new message" : " new messages"))),
      h("button", { class: "drop", type: "button", "data-key": `close ${key}`, "aria-label": `Close “${name(item)}”`, title: "Close", click: () => this.#all.forget(item) }, "×"));
  }
}

const name = (item) => item.title || item.hint || "Nothing said yet";
const count = (n) => (n === 1 ? "1 new message" : `${n} new messages`);
