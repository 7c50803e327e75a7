// Attachments: pictures, files, and the cards of the Bot Framework.
import { adaptiveCard } from "./adaptive.js";
import { h, link, list, note, object, picture, text, webAddress } from "./dom.js";
import { markdown } from "./markdown.js";

const CARD = "application/vnd.microsoft.card.";

// attachment shows one; send takes what the user makes of it, a message.
export function attachment(a, send) {
  const type = text(a.contentType);
  if (type.startsWith(CARD)) {
    const kind = type.slice(CARD.length);
    const content = object(a.content);
    if (kind === "adaptive") return adaptiveCard(content, (value) => send({ value }));
    if (["hero", "thumbnail", "signin", "oauth", "animation", "audio", "video"].includes(kind)) return card(kind, content, send);
    return note(`This page cannot show a card of the kind “${kind}”.`);
  }
  const name = text(a.name) || type || "File";
  if (type.startsWith("image/")) return picture(a.contentUrl || a.thumbnailUrl, name, { class: "photo" });
  if (webAddress(a.contentUrl)) return link(a.contentUrl, name, { class: "file" });
  if (typeof a.content === "string" && type.startsWith("text/")) return h("pre", { tabindex: "0" }, a.content);
  return note(`File: ${name}`);
}

function card(kind, c, send) {
  const pictures = [...list(c.images), ...(c.image ? [c.image] : [])];
  const media = list(c.media).filter((m) => webAddress(m.url));
  return h("div", { class: `card ${kind}`, role: "group", "aria-label": text(c.title) || "Card" },
    pictures.map((p) => picture(p.url, text(p.alt) || text(c.title), { class: "image" })),
    h("div", { class: "words" },
      text(c.title) && h("p", { class: "title" }, text(c.title)),
      text(c.subtitle) && h("p", { class: "subtitle" }, text(c.subtitle)),
      text(c.text) && markdown(text(c.text)),
      media.map((m) => h("p", null, link(m.url, text(m.profile) || "Play")))),
    list(c.buttons).length > 0 && h("div", { class: "actions" }, list(c.buttons).map((b) => cardAction(object(b), send))));
}

// cardAction is a button of a card or a suggested reply. What the user does
// not see as a message of theirs is marked the way Web Chat marks it.
export function cardAction(a, send) {
  const { value } = a;
  const title = text(a.title) || text(a.displayText) || text(value) || "OK";
  const button = (draft) => h("button", { class: "button", type: "button", click: () => send(draft) }, title);
  switch (text(a.type)) {
    case "imBack":
      return button(typeof value === "object" && value !== null
        ? { value, text: text(value.text) || title }
        : { text: text(value) || title, textFormat: "plain" });
    case "postBack":
      return button({ ...(typeof value === "object" ? { value } : { text: text(value) }), channelData: { postBack: true } });
    case "messageBack":
      return button({ text: text(a.text), value, channelData: { messageBack: { displayText: text(a.displayText) } } });
    case "openUrl":
    case "signin":
    case "downloadFile":
    case "showImage":
    case "playAudio":
    case "playVideo":
      if (webAddress(value)) return link(value, title, { class: "button" });
  }
  return note(`This page cannot do “${title}”.`);
}
