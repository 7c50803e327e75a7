// A client of Direct Line 3.0. It stays with one conversation at a time:
// first the history, then the WebSocket from there on, and again after every
// interruption. Where no socket gets through it asks every two seconds.

const silence = 60_000; // ms; the server sends something every 25 s
const pollEvery = 2_000;
const pollFor = 60_000; // then the socket is tried again

// A Refusal is an answer that is no success. Status 0: there was no answer.
export class Refusal extends Error {
  constructor(status, code, message) {
    super(message);
    Object.assign(this, { status, code });
  }
}

export class DirectLine {
  #user;
  #told;
  #base;
  #id = "";
  #life = new AbortController(); // of the conversation on this page
  #wake = () => {};

  // told has state(name), history(activities), which is all there is, and
  // activities(activities), which came just now. The states are connected,
  // reconnecting, elsewhere (another tab took over) and gone.
  constructor(user, told, base = "/v3/directline/conversations") {
    this.#user = user;
    this.#told = told;
    this.#base = base;
  }

  // start makes a conversation and returns its id.
  async start() {
    const c = await this.#call("POST", "", { user: this.#user, locale: navigator.language });
    return c.conversationId;
  }

  // follow shows a conversation until it is followed again or another one is.
  follow(id) {
    this.#life.abort();
    this.#life = new AbortController();
    this.#id = id;
    this.#stay(this.#life.signal);
  }

  // wake cuts short the wait before the next attempt.
  wake() {
    this.#wake();
  }

  // post sends an activity and resolves when the agent has taken it.
  post(activity) {
    return this.#call("POST", `/${encodeURIComponent(this.#id)}/activities`, activity, undefined, 45_000);
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
      try {
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
        if (err.status === 404) end = "gone";
      }
      if (signal.aborted) return;
      if (end === "gone" || end === "elsewhere") return this.#told.state(end);
      this.#told.state("reconnecting");
      await this.#pause(Math.min(10_000, 400 * 2 ** failures++) * (0.5 + Math.random() / 2), signal);
    }
  }

  // sync hands over the whole history: what was said, changed and deleted
  // meanwhile. It returns the mark of its end.
  async #sync(signal) {
    const set = await this.#call("GET", `/${encodeURIComponent(this.#id)}/activities`, undefined, signal);
    if (!signal.aborted) this.#told.history(set.activities ?? []);
    return set.watermark ?? "";
  }

  // listen resolves with the reason why the socket is no more.
  async #listen(mark, signal, connected) {
    const path = `/${encodeURIComponent(this.#id)}?watermark=${encodeURIComponent(mark)}`;
    const { streamUrl } = await this.#call("GET", path, undefined, signal);
    return new Promise((resolve) => {
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
        if (Array.isArray(set?.activities)) this.#told.activities(set.activities);
      };
      socket.onclose = ({ reason }) => end(!opened ? "deaf" : reason === "collision" ? "elsewhere" : "closed");
    });
  }

  async #poll(mark, signal, connected) {
    connected();
    for (const until = Date.now() + pollFor; Date.now() < until && !signal.aborted; ) {
      await this.#pause(pollEvery, signal);
      const path = `/${encodeURIComponent(this.#id)}/activities?watermark=${encodeURIComponent(mark)}`;
      const set = await this.#call("GET", path, undefined, signal);
      mark = set.watermark ?? mark;
      if (!signal.aborted) this.#told.activities(set.activities ?? []);
    }
  }

  #pause(ms, signal) {
    return new Promise((resolve) => {
      this.#wake = resolve;
      setTimeout(resolve, ms);
      signal.addEventListener("abort", resolve, { once: true });
    });
  }

  async #call(method, path, body, signal, patience = 20_000) {
    let response;
    try {
      response = await fetch(this.#base + path, {
        method,
        headers: body ? { "Content-Type": "application/json" } : {},
        body: body && JSON.stringify(body),
        cache: "no-store",
        signal: AbortSignal.any([AbortSignal.timeout(patience), ...(signal ? [signal] : [])]),
      });
    } catch {
      throw new Refusal(0, "Unreachable", "The server cannot be reached.");
    }
    const answer = parse(await response.text().catch(() => "")) ?? {};
    if (response.ok) return answer;
    throw new Refusal(response.status, answer.error?.code ?? "", answer.error?.message ?? `The server answered ${response.status}.`);
  }
}

function parse(json) {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
