// What the browser remembers: who the user is, which conversation was open, and
// which messages came unasked.
// A tab keeps its own conversation; a new tab goes on with the latest.
import { randomID } from "./dom.js";

const USER = "outspoken.user";
const CONVERSATION = "outspoken.conversation";
const UNASKED = "outspoken.unasked";

// Storage may be switched off; then a reload begins anew.
function attempt(fn) {
  try {
    return fn() ?? "";
  } catch {
    return "";
  }
}

export function user() {
  let id = attempt(() => localStorage.getItem(USER));
  if (!/^user-[a-z0-9]{4,40}$/.test(id)) {
    id = `user-${randomID(8)}`;
    attempt(() => localStorage.setItem(USER, id));
  }
  return { id, name: "Guest" };
}

export const conversation = () =>
  attempt(() => sessionStorage.getItem(CONVERSATION)) || attempt(() => localStorage.getItem(CONVERSATION));

export function rememberConversation(id) {
  attempt(() => sessionStorage.setItem(CONVERSATION, id));
  attempt(() => localStorage.setItem(CONVERSATION, id));
}

// unasked are ids of messages.
export function unasked() {
  const ids = attempt(() => JSON.parse(localStorage.getItem(UNASKED)));
  return Array.isArray(ids) ? ids : [];
}

export function rememberUnasked(ids) {
  attempt(() => localStorage.setItem(UNASKED, JSON.stringify(ids.slice(-200))));
}
