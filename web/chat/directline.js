// A client of Direct Line 3.0 for one conversation: first the history, then
// the WebSocket from there on, and again after every interruption. Where no
// socket gets through it asks every two seconds.
import { parse, Refusal } from "./http.js";

const silence = 60_000; // ms; the server sends something every 25 s
const pollEvery = 2_000;
const pollFor = 60_000; // then the socket is tried again

// since returns what came in a conversation after a mark.
export async function since(access, mark) {
  const set = await access.call("GET", `${path(access)}/activities?watermark=${encodeURIComponent(mark)}`);
  return { activities: Array.isArray(set.activities) ? set.activities : [], mark: set.watermark };
}

const path = (access) => `/conversations/${encodeURIComponent(access.conversation)}`;

export class DirectLine {
  #access;
  #told;
  #beginning;
  #life; // of following
  #wake = () => {};

  // access says which conversation; without one, one is begun. told has
  // begun(id), state(name, why), history(activities, mark), which is all there
  // is, and activities(activities, mark), which came just now; the mark may be
  // undefined. The states are connected, reconnecting, refused, and those that
  // last: elsewhere (another tab took over) and gone. why is for people, or "".
  constructor(access, told) {
    this.#access = access;
    this.#told = told;
  }

  // follow stays with the conversation until rest.
  follow() {
    this.rest();
    this.#life = new AbortController();
    this.#stay(this.#life.signal);
  }

  get following() {
    return this.#life !== undefined;
  }

  rest() {
    this.#life?.abort();
    this.#life = undefined;
  }

  // wake cuts short the wait before the next attempt.
  wake() {
    this.#wake();
  }

  // post sends an activity, and files with it, and resolves with the answer
  // when the agent has taken it.
  async post(activity, files = []) {
    await this.#begin();
    if (!files.length) return this.#access.call("POST", `${this.#path}/activities`, activity, { patience: 45_000 });
    const form = new FormData();
    form.append("activity", new Blob([JSON.stringify(activity)], { type: "application/vnd.microsoft.activity" }), "blob");
    for (const file of files) form.append("file", file, file.name);
    return this.#access.call("POST", `${this.#path}/upload?userId=${encodeURIComponent(this.#access.user.id)}`, form, { patience: 180_000 });
  }

  get #path() {
    return path(this.#access);
  }

  // begin makes the conversation if there is none.
  async #begin() {
    if (this.#access.conversation) return;
    this.#beginning ??= this.#start().finally(() => (this.#beginning = undefined));
    await this.#beginning;
  }

  async #start() {
    const { user } = this.#access;
    const { conversationId } = await this.#access.call("POST", "/conversations", { user, locale: navigator.language });
    if (typeof conversationId !== "string" || !conversationId) throw new Refusal(200, "Garbage", "The server's answer makes no sense.");
    this.#access.conversation = conversationId;
    this.#told.begun(conversationId);
  }

  async #stay(signal) {
    let failures = 0;
    let deaf = 0; // sockets in a row that did not open
    const connected = () => {
      failures = 0;
      this.#told.state("connected");
    };
    while (!signal.aborted) {
      let end = "closed";
      let state = "reconnecting";
      let why = "";
      try {
        await this.#begin();
        if (signal.aborted) return;
        const mark = await this.#sync(signal);
        if (deaf < 2) {
          end = await this.#listen(mark, signal, connected);
          deaf = end === "deaf" ? deaf + 1 : 0;
        } else {
          await this.#poll(mark, signal, connected);
          deaf = 1;
          continue;
        }
      } catch (err) {
        if (err.status === 404 && this.#access.conversation) end = "gone";
        else if (err.status === 401 || err.status === 403) [state, why] = ["refused", err.message];
        else if (!this.#access.conversation) why = `No conversation could be started: ${err.message}`;
      }
      if (signal.aborted) return;
      if (end === "gone" || end === "elsewhere") {
        this.rest();
        return this.#told.state(end);
      }
      this.#told.state(state, why);
      await this.#pause(Math.min(10_000, 400 * 2 ** failures++) * (0.5 + Math.random() / 2), signal);
    }
  }

  // sync hands over the whole history: what was said, changed and deleted
  // meanwhile. It returns the mark of its end.
  async #sync(signal) {
    const set = await this.#access.call("GET", `${this.#path}/activities`, undefined, { signal });
    const mark = set.watermark ?? "";
    if (!signal.aborted) this.#told.history(Array.isArray(set.activities) ? set.activities : [], mark);
    return mark;
  }

  // listen resolves with the reason why the socket is no more.
  async #listen(mark, signal, connected) {
    const { streamUrl } = await this.#access.call("GET", `${this.#path}?watermark=${encodeURIComponent(mark)}`, undefined, { signal });
    return new Promise((resolve) => {
      if (signal.aborted) return resolve("stopped");
      let socket;
      try {
        socket = new WebSocket(location.protocol === "https:" ? streamUrl.replace(/^ws:/, "wss:") : streamUrl);
      } catch {
        return resolve("deaf");
      }
      let timer;
      let opened = false;
      const end = (why) => {
        clearTimeout(timer);
        signal.removeEventListener("abort", stop);
        socket.onmessage = socket.onclose = null;
        socket.close();
        resolve(why);
      };
      const stop = () => end("stopped");
      const alive = () => {
        clearTimeout(timer);
        timer = setTimeout(() => end(opened ? "closed" : "deaf"), opened ? silence : 10_000);
      };
      signal.addEventListener("abort", stop);
      alive();
      socket.onopen = () => {
        opened = true;
        connected();
        alive();
      };
      socket.onmessage = ({ data }) => {
        alive();
        const set = data ? parse(data) : undefined; // an empty frame says: still here
        if (Array.isArray(set?.activities)) this.#told.activities(set.activities, set.watermark);
      };
      socket.onclose = ({ reason }) => end(!opened ? "deaf" : reason === "collision" ? "elsewhere" : "closed");
    });
  }

  async #poll(mark, signal, connected) {
    connected();
    for (const until = Date.now() + pollFor; Date.now() < until && !signal.aborted; ) {
      await this.#pause(pollEvery, signal);
      const set = await since(this.#access, mark);
      mark = set.mark ?? mark;
      if (!signal.aborted) this.#told.activities(set.activities, mark);
    }
  }

  #pause(ms, signal) {
    return new Promise((resolve) => {
      this.#wake = resolve;
      setTimeout(resolve, ms);
      signal.addEventListener("abort", resolve, { once: true });
    });
  }
}
