// How the page is let in to Direct Line. A server without a secret needs
// nothing. One that answers 401 gives this page tokens by its playground. A
// token is renewed in good time; one that ran out is replaced.
import { Refusal, request } from "./http.js";

const BASE = "/v3/directline";
const longest = 15 * 60_000; // ms until a token is renewed
const again = 30_000; // ms; after a renewal that failed

export class Access {
  #token = "";
  #admission; // under way, for all who wait for it
  #timer;
  #closed = false;

  // conversation is an id, "" as long as there is none.
  constructor(user, conversation = "") {
    this.user = user;
    this.conversation = conversation;
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  // call makes a request below /v3/directline. What is refused for the want of
  // a token was not done, so it is done again with one.
  async call(method, path, body, options) {
    const used = this.#token;
    try {
      return await request(method, BASE + path, { ...options, body, token: used });
    } catch (err) {
      if (err.status !== 401 && !(err.status === 403 && used)) throw err;
      await this.#renewed(used);
      return request(method, BASE + path, { ...options, body, token: this.#token });
    }
  }

  // renewed resolves when there is another token than used.
  #renewed(used) {
    if (this.#token !== used) return;
    this.#admission ??= this.#admit().finally(() => (this.#admission = undefined));
    return this.#admission;
  }

  async #admit() {
    const body = { user: this.user, ...(this.conversation && { conversationId: this.conversation }) };
    try {
      this.#take(await request("POST", "/playground/api/token", { body }));
    } catch (err) {
      if (!err.status || (err.status === 404 && this.conversation && err.code)) throw err; // away, or the conversation is gone
      throw new Refusal(401, "NoToken", "This server lets nobody in without a token, and it gives this page none.");
    }
  }

  #take({ token, expires_in: seconds }) {
    if (typeof token !== "string" || !token) throw new Refusal(200, "Garbage", "no token");
    this.#token = token;
    this.#renewIn(Math.min(longest, (Number(seconds) || 1800) * 500));
  }

  #renewIn(ms) {
    clearTimeout(this.#timer);
    if (!this.#closed) this.#timer = setTimeout(() => this.#renew(), Math.max(500, ms));
  }

  // renew leaves the token as it is when that fails: it is still good for a
  // while, and then the next call replaces it.
  async #renew() {
    try {
      this.#take(await request("POST", `${BASE}/tokens/refresh`, { token: this.#token }));
    } catch (err) {
      if (err.status !== 401 && err.status !== 403) this.#renewIn(again);
    }
  }
}
