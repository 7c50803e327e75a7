// What a conversation shows before anything was said.
import { h } from "./dom.js";

export function intro(at, { suggestions, curl }, say) {
  at.querySelector("h2").textContent = curl ? "Say something, or let it speak first" : "Say something to the agent";
  at.querySelector(".chips").append(...suggestions.map((s) =>
    h("button", { class: "chip", type: "button", click: () => say(s.say) }, h("b", null, s.title), " ", h("span", null, s.say))));
  at.querySelector(".hint").hidden = !curl;
}
