// Answers that are still growing: one bubble each, until the message comes.
import { grow, live } from "./bubble.js";
import { list, object, text } from "./dom.js";

// streamOf finds where an activity belongs to a streamed answer.
export function streamOf(a) {
  const data = object(a.channelData);
  if (data.streamType) return data;
  return object(list(a.entities).find((e) => object(e).type === "streaminfo"));
}

export class Streams {
  #all = new Map(); // stream id → {el, sequence}
  #over = new Set(); // ids of those whose message is here

  // take shows a piece, and returns the bubble if it is a new one.
  take(a) {
    const { streamId, streamType, streamSequence } = streamOf(a);
    const id = text(streamId) || text(a.id);
    if (this.#over.has(id)) return undefined; // it comes after the end
    const known = this.#all.get(id);
    const stream = known ?? { el: live(a), sequence: -1 };
    this.#all.set(id, stream);
    const sequence = Number(streamSequence) || 0;
    if (sequence >= stream.sequence) { // else it comes late
      stream.sequence = sequence;
      grow(stream.el, text(a.text), streamType === "informative");
    }
    return known ? undefined : stream.el;
  }

  // end returns the bubble that a message replaces.
  end(a) {
    const id = text(streamOf(a).streamId);
    const el = this.#all.get(id)?.el;
    this.#all.delete(id);
    if (id) this.#over.add(id);
    return el;
  }

  clear() {
    for (const { el } of this.#all.values()) el.remove();
    this.#all.clear();
  }
}
