// One activity as people see it.
import { attachment } from "./cards.js";
import { h, list, note, object, text } from "./dom.js";
import { markdown, plain } from "./markdown.js";

// bubble shows a message: who, what, when; first if nobody asked for it. send
// takes what the user answers by a button.
export function bubble(a, { own, first, send }) {
  const author = own ? "You" : text(object(a.from).name) || "Agent";
  const attachments = list(a.attachments).map((x) => guarded(() => attachment(object(x), send)));
  const words = guarded(() => (own ? ownWords(a) : said(a)));
  const el = h("div", { class: `item ${own ? "own" : "agent"}${first ? " first" : ""}` },
    h("p", { class: "author" }, author, h("span", { class: "unseen" }, own ? " said" : first ? ", unasked," : " said", ":")),
    words && h("div", { class: "bubble", dir: "auto" }, words),
    attachments.length > 0 && h("div", { class: `attachments ${a.attachmentLayout === "carousel" ? "carousel" : ""}` }, attachments),
    h("p", { class: "meta" }, first && h("span", { class: "mark" }, "spoke first"), clock(a.timestamp ?? a.localTimestamp), h("span", { class: "status" })));
  return el;
}

function said(a) {
  const words = text(a.text);
  if (!words) return "";
  return text(a.textFormat) === "plain" ? plain(words) : markdown(words);
}

// ownWords are shown as they were typed. A form says what was sent with it.
function ownWords(a) {
  const words = text(object(object(a.channelData).messageBack).displayText) || text(a.text);
  if (words) return plain(words);
  if (a.value === undefined || a.value === null) return "";
  const fields = Object.entries(object(a.value)).map(([k, v]) => `${k}: ${typeof v === "object" ? JSON.stringify(v) : v}`);
  return [h("p", { class: "sent-form" }, "Sent the form"), fields.length > 0 && h("p", { class: "fields" }, fields.join("\n").slice(0, 500))];
}

// hidden reports whether a message has nothing to show.
export function hidden(a, own) {
  if (own && object(a.channelData).postBack === true) return true;
  return !text(a.text) && !list(a.attachments).length && !(own && a.value !== undefined && a.value !== null);
}

// status shows what became of a message of the user: sending, sent, or why it
// failed, with a way to try again.
export function status(el, words, retry) {
  el.classList.toggle("pending", words === "Sending…");
  el.classList.toggle("failed", Boolean(retry));
  el.querySelector(".status").replaceChildren(
    ...(retry ? [h("span", { role: "alert" }, words, " "), h("button", { class: "retry", type: "button", click: retry }, "Retry")] : [words]));
}

// live is an answer that is still growing. Screen readers hear the final one.
export function live(a) {
  const el = h("div", { class: "item agent live", "aria-live": "off", "aria-busy": "true" },
    h("p", { class: "author" }, text(object(a.from).name) || "Agent"),
    h("div", { class: "bubble", dir: "auto" }));
  return el;
}

export function grow(el, words, informative) {
  el.classList.toggle("informative", informative);
  el.querySelector(".bubble").replaceChildren(informative ? plain(words) : markdown(words));
}

export const line = (words) => h("p", { class: "line" }, words);

function clock(timestamp) {
  const at = new Date(text(timestamp) || Date.now());
  if (Number.isNaN(at.getTime())) return "";
  const today = at.toDateString() === new Date().toDateString();
  const shown = at.toLocaleString([], { ...(today ? {} : { day: "numeric", month: "short" }), hour: "2-digit", minute: "2-digit" });
  return h("time", { datetime: at.toISOString() }, shown);
}

function guarded(make) {
  try {
    return make();
  } catch {
    return note("A part of this message is not well-formed.");
  }
}
