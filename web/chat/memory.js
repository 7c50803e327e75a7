// What the browser remembers: who the user is, which conversations there are
// and how far they were read, which messages came unasked, which ones the agent
// did not take, and, as long as the tab lives, what was typed and not sent. A
// tab keeps its own conversation; a new tab goes on with the latest.
import { randomID, text } from "./dom.js";

const most = 20; // conversations
const USER = "outspoken.user";
const UNASKED = "outspoken.unasked";
const REFUSED = "outspoken.refused";
const SIGNED_IN = "outspoken.signedin";

// asked is what the address of the page asks for.
export function asked() {
  const query = new URLSearchParams(location.search);
  return {
    user: (query.get("user") ?? "").slice(0, 200),
    name: (query.get("name") ?? "").slice(0, 200),
    conversation: new URLSearchParams(location.hash.slice(1)).get("conversation") ?? "",
  };
}

const suffix = asked().user && `:${asked().user}`; // other users, other memories
const FRONT = `outspoken.conversation${suffix}`;
const LIST = `outspoken.conversations${suffix}`;
const CLOSED = `outspoken.closed${suffix}`;
const DRAFT = "outspoken.draft:";

// Storage may be switched off; then a reload begins anew.
function attempt(fn) {
  try {
    return fn() ?? "";
  } catch {
    return "";
  }
}

function list(key) {
  const items = attempt(() => JSON.parse(localStorage.getItem(key)));
  return Array.isArray(items) ? items : [];
}

const save = (key, value) => attempt(() => localStorage.setItem(key, JSON.stringify(value)));

// remember adds an id to a list of the latest ones.
const remember = (key, id, n) => save(key, [...list(key).filter((i) => i !== id), id].slice(-n));

export function user() {
  const { user, name } = asked();
  if (user) return { id: user, name: name || user };
  let id = attempt(() => localStorage.getItem(USER));
  if (!/^user-[a-z0-9]{4,40}$/.test(id)) {
    id = `user-${randomID(8)}`;
    attempt(() => localStorage.setItem(USER, id));
  }
  return { id, name: "Guest" };
}

export const front = () => attempt(() => sessionStorage.getItem(FRONT)) || attempt(() => localStorage.getItem(FRONT));

export function rememberFront(id) {
  attempt(() => sessionStorage.setItem(FRONT, id));
  attempt(() => localStorage.setItem(FRONT, id));
}

// conversations are {id, title, mark}, newest first; mark is how far they were
// read, as the server counts.
export const conversations = () =>
  list(LIST)
    .filter((c) => c && typeof c === "object" && text(c.id))
    .slice(0, most)
    .map((c) => ({ id: text(c.id), title: text(c.title), mark: text(c.mark) }));

export const rememberConversations = (items) => save(LIST, items.map(({ id, title, mark }) => ({ id, title, mark })));

export const closed = () => list(CLOSED);
export const rememberClosed = (id) => remember(CLOSED, id, 100);
export const reopen = (id) => save(CLOSED, list(CLOSED).filter((i) => i !== id));

export const unasked = () => list(UNASKED); // ids of messages
export const rememberUnasked = (id) => remember(UNASKED, id, 200);

// refusal says why the agent did not take a message, which the history holds
// all the same; id is the clientActivityID.
export const refusal = (id) => text(list(REFUSED).find((r) => r?.id === id)?.words);
export const rememberRefusal = (id, words) =>
  save(REFUSED, [...list(REFUSED).filter((r) => r?.id !== id), ...(words ? [{ id, words }] : [])].slice(-100));

export const signedIn = () => list(SIGNED_IN); // ids of sign-in cards
export const rememberSignedIn = (id) => remember(SIGNED_IN, id, 50);

export const draft = (id) => attempt(() => sessionStorage.getItem(DRAFT + id));
export const rememberDraft = (id, words) =>
  attempt(() => (words ? sessionStorage.setItem(DRAFT + id, words) : sessionStorage.removeItem(DRAFT + id)));
