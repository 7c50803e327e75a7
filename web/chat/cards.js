// Attachments: pictures, files, and the cards of the Bot Framework.
import { adaptiveCard } from "./adaptive.js";
import { h, link, list, note, object, picture, text, webAddress } from "./dom.js";
import { fileLink } from "./files.js";
import { markdown } from "./markdown.js";
import { receipt } from "./receipt.js";
import { signIn } from "./signin.js";

const CARD = "application/vnd.microsoft.card.";

const kinds = {
  __proto__: null, // the kinds come from outside
  adaptive: (c, act) => adaptiveCard(c, act),
  receipt,
  signin: signIn,
  oauth: signIn,
  hero: card("hero"),
  thumbnail: card("thumbnail"),
  animation: card("animation"),
  audio: card("audio"),
  video: card("video"),
};

// attachment shows one. act has user, send(draft), invoke(name, value), message,
// the id of what it belongs to, and past, which is true when that is history.
export function attachment(a, act) {
  const type = text(a.contentType);
  if (type.startsWith(CARD)) {
    const kind = type.slice(CARD.length);
    return kinds[kind]?.(object(a.content), act) ?? note(`This page cannot show a card of the kind “${kind}”.`);
  }
  const name = text(a.name) || type || "File";
  const address = text(a.contentUrl);
  if (type.startsWith("image/")) return picture(address || a.thumbnailUrl, name, { class: "photo" });
  if (webAddress(address) && /^(audio|video)\//.test(type)) return h("div", { class: "recording" }, player(type.slice(0, 5), address, name), fileLink(address, name));
  if (webAddress(address)) return fileLink(address, name);
  if (typeof a.content === "string" && type.startsWith("text/")) return h("pre", { tabindex: "0" }, a.content);
  return note(`File: ${name}`);
}

function card(kind) {
  return (c, act) => {
    const pictures = [...list(c.images), ...(c.image ? [c.image] : [])].map(object);
    const media = list(c.media).map(object).filter((m) => webAddress(m.url));
    return h("div", { class: `card ${kind}`, role: "group", "aria-label": text(c.title) || "Card" },
      pictures.map((p) => tappable(picture(p.url, text(p.alt) || text(c.title), { class: "image" }), p.tap, act)),
      media.map((m) => (kind === "hero" || kind === "thumbnail" ? "" : recording(kind, m, c))),
      h("div", { class: "words" }, heading(c), text(c.text) && markdown(text(c.text)),
        media.map((m) => h("p", null, link(m.url, text(m.profile) || "Open")))),
      list(c.buttons).length > 0 && h("div", { class: "actions" }, list(c.buttons).map((b) => cardAction(object(b), act.send))));
  };
}

export const heading = (c) => [
  text(c.title) && h("p", { class: "title" }, text(c.title)),
  text(c.subtitle) && h("p", { class: "subtitle" }, text(c.subtitle)),
];

// recording plays what a media card offers. Animations may be pictures.
function recording(kind, m, c) {
  const animation = kind === "animation";
  if (animation && /\.(gif|png|webp|jpe?g)$/i.test(new URL(m.url).pathname)) return picture(m.url, text(c.title) || "Animation", { class: "image" });
  return player(animation ? "video" : kind, m.url, text(c.title) || text(m.profile) || kind, animation && c.autoloop !== false);
}

// player loads nothing before somebody plays it.
function player(kind, address, name, loop = false) {
  return h(kind, { class: "player", controls: true, preload: "none", loop, src: webAddress(address), "aria-label": name });
}

// tappable makes a button or link of a picture that has an action.
function tappable(el, action, act) {
  const a = object(action);
  if (!text(a.type)) return el;
  const button = cardAction({ title: el.alt || "Open", ...a }, act.send);
  if (!button.matches("a, button")) return el;
  button.className = "tap";
  button.replaceChildren(el);
  return button;
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
    case "call":
      if (/^tel:[+\d().\s-]{2,40}$/.test(text(value))) return h("a", { class: "button", href: text(value) }, title);
      break;
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
