// One activity as people see it.
import { attachment } from "./cards.js";
import { h, list, note, object, text } from "./dom.js";
import { markdown, plain } from "./markdown.js";
import { size } from "./words.js";

// bubble shows a message: who, what, when; first if nobody asked for it. act is
// what its cards can do; quiet says that it is of the past. files are those that
// are on their way with it.
export function bubble(a, { own, first, quiet, files, act }) {
  const from = object(a.from);
  const person = !own && from.role === "user";
  const author = own ? "You" : text(from.name) || (person ? "Somebody" : "Agent");
  const words = guarded(() => (own ? ownWords(a) : person ? plainly(a) : said(a)));
  const attachments = files
    ? files.map((f) => h("p", { class: "file" }, f.name, " ", h("small", null, size(f.size))))
    : list(a.attachments).map((x) => guarded(() => attachment(object(x), { ...act, message: text(a.id), past: quiet || own })));
  return h("div", { class: `item ${own ? "own" : "agent"}${person ? " person" : ""}${first ? " first" : ""}` },
    h("p", { class: "author" }, author, h("span", { class: "unseen" }, own || person ? " said" : first ? ", unasked," : " said", ":")),
    words && h("div", { class: "bubble", dir: "auto" }, words),
    attachments.length > 0 && h("div", { class: `attachments ${a.attachmentLayout === "carousel" ? "carousel" : ""}`, ...(a.attachmentLayout === "carousel" && { tabindex: "0", role: "group", "aria-label": "Cards side by side" }) }, attachments),
    h("p", { class: "meta" }, first && h("span", { class: "mark" }, "spoke first"), clock(a.timestamp ?? a.localTimestamp), h("span", { class: "status" })));
}

const plainly = (a) => text(a.text) && plain(text(a.text));

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
// failed, with ways to try again and, if edit is given, to change it first.
export function status(el, words, retry, edit) {
  const button = (name, click) => [" ", h("button", { class: "retry", type: "button", click }, name)];
  el.classList.toggle("pending", words === "Sending…");
  el.classList.toggle("failed", Boolean(retry));
  el.querySelector(".status").replaceChildren(
    ...(retry ? [h("span", { role: "alert" }, words), ...button("Retry", retry), ...(edit ? button("Edit", edit) : [])] : [words]));
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
