// The part of Adaptive Cards that agents use most. What is not here is shown
// as its fallback, or as a small note, never silently left out.
import { h, list, note, object, picture, text, webAddress } from "./dom.js";
import { input } from "./inputs.js";
import { inline, markdown } from "./markdown.js";

const word = (v) => text(v).toLowerCase().replace(/[^a-z]/g, "");

// adaptiveCard calls submit with the value of an Action.Submit.
export function adaptiveCard(card, submit) {
  const context = { inputs: [], submit };
  const known = list(card.body).length + list(card.actions).length > 0;
  if (!known) return note(text(card.fallbackText) || "An empty card");
  const el = h("div", { class: "card adaptive", role: "group", "aria-label": text(card.speak) || "Card" });
  el.append(...elements(card.body, context), ...actionSet(card.actions, context));
  return el;
}

const elements = (items, context) => list(items).flatMap((e) => element(object(e), context));

function element(e, context) {
  if (e.isVisible === false) return [];
  const make = makers[e.type];
  const field = make ? undefined : input(e);
  let el;
  if (make) el = make(e, context);
  else if (field) {
    if (field.id) context.inputs.push(field);
    el = field.element;
  } else if (e.fallback === "drop") return [];
  else if (object(e.fallback).type) return element(object(e.fallback), context);
  else el = note(text(e.fallbackText) || `This page cannot show “${text(e.type) || "?"}”.`);
  if (word(e.spacing)) el.classList.add(`space-${word(e.spacing)}`);
  if (e.separator === true) el.classList.add("separator");
  if (word(e.horizontalAlignment)) el.classList.add(`align-${word(e.horizontalAlignment)}`);
  return [el];
}

function look(e) {
  const classes = ["text", `size-${word(e.size) || "default"}`, `weight-${word(e.weight) || "default"}`];
  if (word(e.color)) classes.push(`color-${word(e.color)}`);
  if (e.isSubtle === true) classes.push("subtle");
  if (word(e.fontType) === "monospace") classes.push("mono");
  if (word(e.style) === "heading") classes.push("weight-bolder");
  return classes.join(" ");
}

const columnWidth = (v) => (Number(v) > 0 ? Number(v) : 0);

const makers = {
  __proto__: null, // types come from outside; none is to find what objects inherit

  TextBlock: (e) => h("div", { class: `${look(e)}${e.wrap === true ? "" : " nowrap"}` }, markdown(text(e.text))),

  RichTextBlock: (e) =>
    h("p", { class: "text" }, list(e.inlines).map((run) =>
      typeof run === "string" ? run : h("span", { class: `${look(run)}${run.italic === true ? " italic" : ""}` }, text(run.text)))),

  Image: (e) => picture(e.url, text(e.altText), { class: `image image-${word(e.size) || "auto"} ${word(e.style)}` }),

  ImageSet: (e) =>
    h("div", { class: "imageset" }, list(e.images).map((i) =>
      picture(i.url, text(i.altText), { class: `image image-${word(i.size) || word(e.imageSize) || "medium"}` }))),

  Container: (e, context) => h("div", { class: `container style-${word(e.style) || "default"}` }, elements(e.items, context)),

  ColumnSet: (e, context) =>
    h("div", { class: "columns" }, list(e.columns).map((c) => {
      const column = h("div", { class: `column width-${word(c.width)} style-${word(c.style) || "default"}` }, elements(c.items, context));
      if (columnWidth(c.width)) column.style.flexGrow = columnWidth(c.width);
      else if (/^\d{1,4}px$/.test(text(c.width))) column.style.flex = `0 0 ${c.width}`;
      return column;
    })),

  FactSet: (e) =>
    h("dl", { class: "facts" }, list(e.facts).map((f) => [
      h("dt", null, inline(text(f.title))),
      h("dd", null, inline(text(f.value))),
    ])),

  ActionSet: (e, context) => h("div", null, actionSet(e.actions, context)),
};

function actionSet(items, context) {
  const buttons = list(items).map((a) => action(object(a), context));
  return buttons.length ? [h("div", { class: "actions" }, buttons)] : [];
}

function action(a, context) {
  const title = text(a.title) || "OK";
  const style = { class: `button ${word(a.style)}` };
  if (a.type === "Action.Submit") {
    return h("button", { ...style, type: "button", disabled: a.isEnabled === false, click: () => submit(a, context) }, title);
  }
  if (a.type === "Action.OpenUrl" && webAddress(a.url)) {
    return h("a", { ...style, href: webAddress(a.url), target: "_blank", rel: "noopener noreferrer" }, title);
  }
  if (object(a.fallback).type) return action(object(a.fallback), context);
  if (a.fallback === "drop") return "";
  return note(`This page cannot do “${title}”.`);
}

// submit merges the inputs into the data of the action; of the same name, the
// input counts. Data that is no object can only be sent alone.
function submit(a, context) {
  const inputs = a.associatedInputs === "none" ? [] : context.inputs;
  const wrong = inputs.filter((i) => i.problem());
  if (wrong.length) return wrong[0].focus();
  const value = Object.fromEntries(inputs.map((i) => [i.id, i.read()]));
  if (a.data !== undefined && object(a.data) !== a.data) return context.submit(inputs.length ? value : a.data);
  context.submit({ ...a.data, ...value });
}
