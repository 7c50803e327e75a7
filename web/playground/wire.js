// What an exchange says, for people.
import { list, object, text } from "/chat/dom.js";

export const typeOf = (e) => text(object(e.activity).type) || e.op;

// excerpt is the gist of an exchange in a line.
export function excerpt(e) {
  const a = object(e.activity);
  const names = (members) => list(members).map((m) => text(object(m).name) || text(object(m).id)).join(", ");
  const kinds = (reactions) => list(reactions).map((r) => text(object(r).type)).join(", ");
  const parts = [];
  if (list(a.membersAdded).length) parts.push(`+ ${names(a.membersAdded)}`);
  if (list(a.membersRemoved).length) parts.push(`− ${names(a.membersRemoved)}`);
  if (list(a.reactionsAdded).length) parts.push(`+ ${kinds(a.reactionsAdded)}`);
  if (list(a.reactionsRemoved).length) parts.push(`− ${kinds(a.reactionsRemoved)}`);
  if (text(a.action)) parts.push(text(a.action));
  if (text(a.name)) parts.push(text(a.name));
  if (text(a.topicName)) parts.push(text(a.topicName));
  if (text(a.text)) parts.push(text(a.text).slice(0, 300));
  for (const att of list(a.attachments)) parts.push(`[${text(object(att).name) || short(text(object(att).contentType))}]`);
  const actions = list(object(a.suggestedActions).actions);
  if (actions.length) parts.push(actions.map((s) => `‹${text(object(s).title)}›`).join(" "));
  if (a.value !== undefined && !text(a.text)) parts.push((JSON.stringify(a.value) ?? "").slice(0, 200));
  return parts.join(" · ").replaceAll(/\s+/g, " ");
}

const short = (type) => type.replace("application/vnd.microsoft.", "").replace("card.", "card: ");

export const ok = (e) => e.status >= 200 && e.status < 300;
// An invoke that the agent does not know answers 501 by the protocol; that is no failure of the wire.
export const bad = (e) => !ok(e) || Boolean(e.error);
export const trouble = (e) => bad(e) || list(e.warnings).length > 0;

export const millis = (e) => {
  const ms = e.took / 1e6;
  if (ms >= 1000) return `${(ms / 1000).toFixed(ms >= 10_000 ? 0 : 1)} s`;
  if (ms >= 1) return `${ms.toFixed(ms >= 10 ? 0 : 1)} ms`;
  return `${Math.round(ms * 1000)} µs`;
};

// begun is when an exchange began, in seconds, finer than a Date: the agent's
// calls begin within that of the channel, often in the same millisecond.
export function begun(e) {
  const fraction = /\.(\d+)/.exec(e.time)?.[1] ?? "0";
  return Math.floor(Date.parse(e.time) / 1000) + Number(`0.${fraction}`);
}

export const clock = (time) => {
  const d = new Date(time);
  const two = (n) => String(n).padStart(2, "0");
  return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
};

// matches looks for words anywhere in what is shown of an exchange.
export function matches(e, words) {
  if (!words) return true;
  const all = `${e.op} ${typeOf(e)} ${e.status} ${excerpt(e)} ${text(object(object(e.activity).from).name)} ${text(e.error)}`.toLowerCase();
  return words.toLowerCase().split(/\s+/).every((w) => all.includes(w));
}
