// The receipt card: facts, items with prices, sums.
import { cardAction, heading } from "./cards.js";
import { h, list, object, picture, text } from "./dom.js";

export function receipt(c, act) {
  const row = (name, value, strong) => text(value) && h("tr", strong ? { class: "total" } : null, h("th", { scope: "row", colspan: "2" }, name), h("td", null, text(value)));
  const facts = list(c.facts).map(object);
  return h("div", { class: "card receipt", role: "group", "aria-label": text(c.title) || "Receipt" },
    h("div", { class: "words" }, heading(c),
      facts.length > 0 && h("dl", { class: "facts" }, facts.map((f) => [h("dt", null, text(f.key)), h("dd", null, text(f.value))])),
      h("table", null,
        h("tbody", null, list(c.items).map((i) => item(object(i)))),
        h("tfoot", null, row("Tax", c.tax), row("VAT", c.vat), row("Total", c.total, true)))),
    list(c.buttons).length > 0 && h("div", { class: "actions" }, list(c.buttons).map((b) => cardAction(object(b), act.send))));
}

function item(i) {
  const image = object(i.image);
  return h("tr", null,
    h("td", { class: "picture" }, text(image.url) && picture(image.url, text(image.alt), { class: "image" })),
    h("th", { scope: "row" }, text(i.title), text(i.quantity) && ` × ${text(i.quantity)}`,
      text(i.subtitle) && h("span", { class: "subtitle" }, text(i.subtitle)), text(i.text) && h("span", { class: "subtitle" }, text(i.text))),
    h("td", null, text(i.price)));
}
