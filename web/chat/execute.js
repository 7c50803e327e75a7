// Action.Execute: the agent is asked, and its answer replaces the card or says
// something about it.
import { signIn } from "./signin.js";
import { h, object, text } from "./dom.js";
import { sentence } from "./words.js";

export async function execute(action, { card, act, again }) {
  if (card.getAttribute("aria-busy")) return;
  card.setAttribute("aria-busy", "true");
  try {
    const { body } = await act.invoke("adaptiveCard/action", { action, trigger: "manual" });
    show(card, object(body), act, again);
  } catch (err) {
    say(card, sentence(err), true);
  } finally {
    card.removeAttribute("aria-busy");
  }
}

function show(card, { type, value }, act, again) {
  switch (type) {
    case "application/vnd.microsoft.card.adaptive":
      return replace(card, again(object(value)));
    case "application/vnd.microsoft.activity.loginRequest":
      return replace(card, signIn(object(value), act));
    case "application/vnd.microsoft.activity.message":
      return say(card, text(value));
    case "application/vnd.microsoft.error":
      return say(card, text(object(value).message) || "The agent could not do that.", true);
  }
  say(card, "Done");
}

// replace leaves the keyboard where it was.
function replace(card, other) {
  const had = card.contains(document.activeElement);
  card.replaceWith(other);
  if (!had) return;
  other.tabIndex = -1;
  other.focus({ preventScroll: true });
}

function say(card, words, wrong) {
  card.querySelector(":scope > .outcome")?.remove();
  if (words) card.append(h("p", { class: `outcome${wrong ? " trouble" : ""}`, role: wrong ? "alert" : "status" }, words));
}
