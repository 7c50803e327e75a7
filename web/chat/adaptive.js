// Adaptive Cards: the card and its elements. What is not known is shown as its
// fallback, or as a small note, never silently left out.
import { actionSet, selectable } from "./actions.js";
import { dated } from "./dates.js";
import { h, list, note, object, picture, text } from "./dom.js";
import { input } from "./inputs.js";
import { inline, markdown } from "./markdown.js";
import { table } from "./table.js";

export const word = (v) => text(v).toLowerCase().replace(/[^a-z]/g, "");

// adaptiveCard shows a card; act has send(draft) and invoke(name, value).
// Everything in it shares a context: its inputs, its elements by id, and parent,
// the context around it if it is a card shown by a button.
export function adaptiveCard(card, act, parent) {
  const el = h("div", { class: "card adaptive", role: "group", "aria-label": text(card.speak) || "Card" });
  const context = { card: parent?.card ?? el, inputs: [], ids: parent?.ids ?? new Map(), act, parent, again: (c) => adaptiveCard(c, act) };
  if (!list(card.body).length && !list(card.actions).length) return note(text(card.fallbackText) || "An empty card");
  el.append(...elements(card.body, context), ...actionSet(card.actions, context));
  return selectable(el, card.selectAction, context);
}

export const elements = (items, context) => list(items).flatMap((e) => element(object(e), context));

function element(e, context) {
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
  return [placed(el, e, context)];
}

// placed gives an element what all of them can have.
export function placed(el, e, context) {
  if (text(e.id)) context.ids.set(text(e.id), el);
  if (e.isVisible === false) el.hidden = true;
  if (word(e.spacing)) el.classList.add(`space-${word(e.spacing)}`);
  if (e.separator === true) el.classList.add("separator");
  if (word(e.horizontalAlignment)) el.classList.add(`align-${word(e.horizontalAlignment)}`);
  return el;
}

export function look(e) {
  const classes = ["text", `size-${word(e.size) || "default"}`, `weight-${word(e.weight) || "default"}`];
  if (word(e.color)) classes.push(`color-${word(e.color)}`);
  if (e.isSubtle === true) classes.push("subtle");
  if (word(e.fontType) === "monospace") classes.push("mono");
  if (word(e.style) === "heading" || word(e.style) === "columnheader") classes.push("weight-bolder");
  for (const effect of ["italic", "strikethrough", "underline", "highlight"]) if (e[effect] === true) classes.push(effect);
  return classes.join(" ");
}

const box = (e, name) => `${name} style-${word(e.style) || "default"} inside-${word(e.verticalContentAlignment) || "top"}`;
const weight = (v) => (Number(v) > 0 && Number(v) < 1000 ? Number(v) : 0);

// sized gives a picture the size in pixels that the card asks for.
function sized(el, e) {
  for (const side of ["width", "height"]) if (/^\d{1,4}px$/.test(text(e[side]))) el.style[side] = e[side];
  return el;
}

function column(c, context) {
  const el = h("div", { class: `${box(c, "column")} width-${word(c.width)}` }, elements(c.items, context));
  if (weight(c.width)) el.style.flexGrow = weight(c.width);
  else if (/^\d{1,4}px$/.test(text(c.width))) el.style.flex = `0 0 ${c.width}`;
  return placed(selectable(el, c.selectAction, context), c, context);
}

const makers = {
  __proto__: null, // types come from outside; none is to find what objects inherit

  TextBlock(e) {
    const el = h("div", { class: `${look(e)}${e.wrap === true ? "" : " nowrap"}`, ...(word(e.style) === "heading" && { role: "heading", "aria-level": "3" }) }, markdown(dated(text(e.text))));
    if (e.maxLines > 0 && e.maxLines < 100) {
      el.classList.add("clamped");
      el.style.setProperty("-webkit-line-clamp", String(Math.floor(e.maxLines)));
    }
    return el;
  },

  RichTextBlock: (e, context) =>
    h("p", { class: "text" }, list(e.inlines).map((run) =>
      typeof run === "string" ? run : selectable(h("span", { class: look(object(run)) }, dated(text(object(run).text))), object(run).selectAction, context))),

  Image: (e, context) =>
    selectable(sized(picture(e.url, text(e.altText), { class: `image image-${word(e.size) || "auto"} ${word(e.style)}` }), e), e.selectAction, context),

  ImageSet: (e) =>
    h("div", { class: "imageset" }, list(e.images).map(object).map((i) =>
      picture(i.url, text(i.altText), { class: `image image-${word(i.size) || word(e.imageSize) || "medium"}` }))),

  Container: (e, context) => selectable(h("div", { class: box(e, "container") }, elements(e.items, context)), e.selectAction, context),

  ColumnSet: (e, context) =>
    selectable(h("div", { class: `columns style-${word(e.style) || "default"}` }, list(e.columns).map((c) => column(object(c), context))), e.selectAction, context),

  FactSet: (e) =>
    h("dl", { class: "facts" }, list(e.facts).map(object).map((f) => [
      h("dt", null, inline(text(f.title))),
      h("dd", null, inline(dated(text(f.value)))),
    ])),

  Table: (e, context) => table(e, context),

  ActionSet: (e, context) => h("div", null, actionSet(e.actions, context)),
};
