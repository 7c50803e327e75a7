// One conversation on the page: what was said, and where one writes. Panes that
// are not in front go on listening.
import { Chat } from "./chat.js";
import { Composer } from "./composer.js";
import { DirectLine } from "./directline.js";
import { randomID } from "./dom.js";
import { intro } from "./intro.js";
import * as memory from "./memory.js";
import { sentence } from "./words.js";

export class Pane {
  state = "connecting";
  mark = ""; // up to which the server's activities are here
  #access;
  #told;
  #at = {};
  #files = new WeakMap(); // message → the files that go with it
  #said = ""; // the last trouble that was explained
  #top = 0;

  // told has begun(id), changed(), heard(activity, own, quiet), which may be of
  // the history, and gone().
  constructor(access, settings, told) {
    this.#access = access;
    this.#told = told;
    const content = document.getElementById("pane").content.cloneNode(true);
    for (const el of content.querySelectorAll("[id]")) this.#at[el.id] = el;
    this.elements = [...content.children];
    this.line = new DirectLine(access, {
      begun: (id) => (this.composer.keepAs(id), told.begun(id)),
      state: (name, why) => this.#state(name, why),
      history: (activities, mark) => this.#take("history", activities, mark),
      activities: (activities, mark) => this.#take("activities", activities, mark),
    });
    this.composer = new Composer(this.#at, (draft, files) => this.send(draft, files));
    this.chat = new Chat(this.#at, access.user, {
      act: {
        user: access.user,
        send: (draft) => this.send(draft),
        invoke: (name, value) => this.#invoke(name, value),
      },
      retry: (a) => this.deliver(a),
      edit: (words) => this.composer.edit(words),
      suggest: (actions) => this.composer.suggest(actions),
      spoken: (a, own, quiet) => {
        if (own) this.#at.intro.hidden = true;
        told.heard(a, own, quiet);
      },
    });
    intro(this.#at.intro, settings, (say) => this.send({ text: say, textFormat: "plain" }));
    if (access.conversation) this.composer.keepAs(access.conversation);
  }

  // shown is called when the pane has come onto the page, left before it goes.
  shown() {
    this.chat.shown(this.#top);
    if (!this.line.following) this.follow();
    this.composer.focus();
  }

  left() {
    this.#top = this.#at.scroll.scrollTop;
  }

  follow() {
    this.#state("connecting");
    this.line.follow();
  }

  close() {
    this.line.rest();
    this.#access.close();
  }

  // send completes a draft and delivers it.
  send(draft, files = []) {
    const activity = this.#complete({ type: "message", ...draft });
    if (files.length) {
      this.#files.set(activity, files);
      activity.attachments = files.map((f) => ({ name: f.name, contentType: f.type || "application/octet-stream" }));
    }
    this.deliver(activity);
    this.composer.focus();
  }

  async deliver(activity, files = this.#files.get(activity)) {
    if (this.state === "elsewhere") this.follow(); // the answer belongs where the question was asked
    this.#at.intro.hidden = true;
    this.chat.sending(activity, files);
    if (files) this.#files.set(activity, files);
    this.#told.heard(activity, true, false);
    const start = performance.now();
    const own = activity.channelData.clientActivityID;
    memory.rememberRefusal(own, "");
    try {
      const { id } = await this.line.post(activity, files);
      this.chat.settle(activity, "", id, performance.now() - start);
    } catch (err) {
      const words = sentence(err, files);
      if (err.status === 502 || err.status === 504) memory.rememberRefusal(own, words); // the history will have it
      this.chat.settle(activity, words);
    }
  }

  // takeOver shows here what could not be sent elsewhere.
  takeOver(from) {
    this.composer.takeOver(from.composer);
    for (const a of from.chat.unsent()) {
      this.chat.sending(a, from.#files.get(a));
      if (from.#files.has(a)) this.#files.set(a, from.#files.get(a));
      this.chat.settle(a, "Not sent: the conversation it was for is gone.");
    }
  }

  // invoke asks the agent for an answer that is no message: {status, body}.
  async #invoke(name, value) {
    const { invoke } = await this.line.post(this.#complete({ type: "invoke", name, value }));
    return { status: 200, body: undefined, ...invoke };
  }

  #complete(draft) {
    return {
      from: this.#access.user,
      locale: navigator.language,
      localTimestamp: new Date().toISOString(),
      ...draft,
      channelData: { ...draft.channelData, clientActivityID: randomID(20) },
    };
  }

  #take(method, activities, mark) {
    this.chat[method](activities);
    this.mark = mark ?? this.mark;
    this.#told.changed();
  }

  #state(name, why = "") {
    this.state = name;
    if (why && why !== this.#said) this.chat.line(why);
    if (name === "connected" || why) this.#said = why;
    if (name === "gone") this.#told.gone();
    this.#told.changed();
  }
}
