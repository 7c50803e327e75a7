// Did the agent speak first, or did it answer? Wire and SDKs do not say: a
// message that nobody asked for may name no activity, one that was never here
// (this channel then names none), or the last one of the user. So the page draws
// its conclusions.
import { object, text } from "./dom.js";
import * as memory from "./memory.js";

const greeting = 2_000; // ms after the start in which an agent greets
const quick = 900; // ms; an agent that takes longer may still be answering
const late = 300; // ms by which an answer may come after the end of its turn

export class Unasked {
  #seen = new Set(); // ids of what was said
  #over = new Map(); // id of a message → when the agent was done with it
  #known = new Set(memory.unasked());
  #start = performance.now();

  // done notes that the agent took a message in so many milliseconds.
  done(id, took) {
    if (took < quick) this.#over.set(id, performance.now());
  }

  // of sees each message once, in order, and says whether nobody asked for it.
  // Of history only the cases that are beyond doubt, and those seen before.
  of(a, own, history) {
    const id = text(a.id);
    const first = !own && (this.#known.has(id) || this.#first(a, history));
    this.#seen.add(id);
    if (!first || this.#known.has(id)) return first;
    this.#known.add(id);
    memory.rememberUnasked(id);
    return true;
  }

  #first(a, history) {
    const to = text(a.replyToId);
    if (!to) return this.#seen.size > 0 || (!history && performance.now() - this.#start > greeting);
    if (this.#seen.has(to)) return !history && performance.now() - this.#over.get(to) > late;
    return !to.startsWith(`${text(object(a.conversation).id)}|`); // else it answers what is not shown
  }
}
