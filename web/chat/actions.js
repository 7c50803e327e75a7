// The actions of Adaptive Cards, as buttons or on what can be pressed.
import { adaptiveCard } from "./adaptive.js";
import { h, list, note, object, text, webAddress } from "./dom.js";
import { execute } from "./execute.js";

const style = (a) => text(a.style).toLowerCase().replace(/[^a-z]/g, "");

// actionSet shows buttons, and below them the card that one of them shows.
export function actionSet(items, context) {
  const place = h("div", { class: "shown", hidden: true });
  const buttons = list(items).map((a) => action(object(a), context, place));
  return buttons.length ? [h("div", { class: "actions" }, buttons), place] : [];
}

function action(a, context, place) {
  const title = text(a.title) || "OK";
  const props = { class: `button ${style(a)}`, title: text(a.tooltip) };
  if (a.type === "Action.OpenUrl" && webAddress(a.url)) {
    return h("a", { ...props, href: webAddress(a.url), target: "_blank", rel: "noopener noreferrer" }, title);
  }
  if (a.type === "Action.ShowCard" && object(a.card) === a.card) return showCard(a, context, place, props);
  const run = runs[a.type];
  if (run) return h("button", { ...props, type: "button", disabled: a.isEnabled === false, click: () => run(a, context) }, title);
  if (object(a.fallback).type) return action(object(a.fallback), context, place);
  if (a.fallback === "drop") return "";
  return note(`This page cannot do “${title}”.`);
}

const runs = {
  __proto__: null,
  "Action.Submit": submit,
  "Action.Execute": (a, context) => {
    const value = gather(a, context);
    if (value) execute({ type: "Action.Execute", id: text(a.id) || undefined, verb: text(a.verb), data: value.data }, context);
  },
  "Action.ToggleVisibility": toggle,
};

function showCard(a, context, place, props) {
  const card = adaptiveCard(object(a.card), context.act, context);
  card.classList.remove("card");
  const button = h("button", { ...props, type: "button", "aria-expanded": "false", click() {
    const open = !place.contains(card) || place.hidden;
    place.parentElement.querySelectorAll(":scope > .actions > [aria-expanded]").forEach((b) => b.setAttribute("aria-expanded", "false"));
    place.hidden = !open;
    place.replaceChildren(...(open ? [card] : []));
    button.setAttribute("aria-expanded", String(open));
  } }, text(a.title) || "More");
  return button;
}

// toggle shows and hides elements of the card.
function toggle(a, context) {
  for (const target of list(a.targetElements)) {
    const el = context.ids.get(text(object(target).elementId) || text(target));
    if (!el) continue;
    el.hidden = typeof target.isVisible === "boolean" ? !target.isVisible : !el.hidden;
  }
}

// gather merges the inputs, also those around a shown card, into the data of
// the action; of the same name, the input counts. Data that is no object can
// only be sent alone. It returns nothing when an input is wrong.
function gather(a, context) {
  const inputs = [];
  if (a.associatedInputs !== "none") for (let c = context; c; c = c.parent) inputs.unshift(...c.inputs);
  const wrong = inputs.filter((i) => i.problem());
  if (wrong.length) return wrong[0].focus();
  const value = Object.fromEntries(inputs.map((i) => [i.id, i.read()]));
  if (a.data !== undefined && object(a.data) !== a.data) return { data: inputs.length ? value : a.data };
  return { data: { ...a.data, ...value } };
}

function submit(a, context) {
  const value = gather(a, context);
  if (value) context.act.send({ value: value.data });
}

// selectable makes el do what its selectAction says.
export function selectable(el, given, context) {
  const a = object(given);
  const open = a.type === "Action.OpenUrl" && webAddress(a.url);
  const run = open ? () => window.open(open, "_blank", "noopener,noreferrer") : runs[a.type];
  if (!run || a.isEnabled === false) return el;
  el.classList.add("selectable");
  el.tabIndex = 0;
  el.setAttribute("role", open ? "link" : "button");
  if (text(a.title)) el.setAttribute("aria-label", text(a.title));
  const act = (e) => {
    if (e.target.closest("button, a, input, select, textarea, label, .selectable") !== el) return;
    if (e.type === "keydown" && e.key !== "Enter" && e.key !== " ") return;
    e.preventDefault();
    run(a, context);
  };
  el.addEventListener("click", act);
  el.addEventListener("keydown", act);
  return el;
}
