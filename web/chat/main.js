// The chat page: one user, one conversation, one agent.
import { Chat } from "./chat.js";
import { Composer } from "./composer.js";
import { DirectLine } from "./directline.js";
import { randomID } from "./dom.js";
import { speakFirst } from "./speakfirst.js";
import * as memory from "./memory.js";

const $ = (id) => document.getElementById(id);
const user = memory.user();
const title = document.title;
let unseen = 0;

const states = {
  connecting: "Connecting…",
  connected: "Connected",
  reconnecting: "Reconnecting…",
  elsewhere: "Open in another tab",
};

function state(name) {
  if (name === "gone") return begin("The earlier conversation is no longer on the server. This is a new one.");
  $("state").dataset.state = name;
  $("state").lastElementChild.textContent = states[name];
  $("here").hidden = name !== "elsewhere";
}

const chat = new Chat({ log: $("log"), scroll: $("scroll"), typing: $("typing"), more: $("more") }, user, {
  send,
  retry: deliver,
  suggest: (actions) => composer.suggest(actions),
  spoken(own, quiet) {
    if (own) $("intro").hidden = true;
    else if (!quiet && document.hidden) count(unseen + 1);
  },
});
const composer = new Composer({ form: $("composer"), field: $("field"), suggestions: $("suggestions") }, send);
const line = new DirectLine(user, {
  state,
  history: (activities) => chat.history(activities),
  activities: (activities) => chat.activities(activities),
});

// send completes a draft and delivers it.
function send(draft) {
  deliver({
    type: "message",
    from: user,
    locale: navigator.language,
    localTimestamp: new Date().toISOString(),
    ...draft,
    channelData: { ...draft.channelData, clientActivityID: randomID(20) },
  });
  composer.focus();
}

async function deliver(activity) {
  if ($("state").dataset.state === "elsewhere") resume(); // the answer belongs where the question was asked
  $("intro").hidden = true;
  chat.sending(activity);
  const start = performance.now();
  try {
    const { id } = await line.post(activity);
    chat.settle(activity, "", id, performance.now() - start);
  } catch (err) {
    chat.settle(activity, sentence(err));
  }
}

// sentence says what went wrong in the words of whoever waits for an answer.
function sentence({ status, code, message }) {
  switch (status) {
    case 0:
      return "Not sent: the server cannot be reached.";
    case 404:
      return "Not sent: this conversation is no longer on the server.";
    case 413:
      return "Not sent: the message is too long.";
    case 502:
      return "The agent could not take this message. It may be down, or it ran into an error.";
    case 504:
      return "The agent did not answer in time.";
  }
  return `Not sent: ${message || code || status}`;
}

// begin starts a new conversation. Until there is one, the old one stays.
async function begin(words) {
  const before = $("state").dataset.state;
  state("connecting");
  $("fresh").disabled = true;
  try {
    const id = await line.start();
    chat.clear();
    $("intro").hidden = false;
    if (words) chat.line(words);
    memory.rememberConversation(id);
    line.follow(id);
  } catch (err) {
    state(before);
    chat.line(err.status ? `No conversation could be started: ${err.message}` : "No conversation could be started: the server cannot be reached.");
  }
  $("fresh").disabled = false;
}

function resume() {
  state("connecting");
  line.follow(memory.conversation());
}

function count(n) {
  unseen = n;
  document.title = n ? `(${n}) ${title}` : title;
}

function back() {
  if (document.hidden) return;
  count(0);
  line.wake();
}

document.addEventListener("visibilitychange", back);
window.addEventListener("online", () => line.wake());
$("here").addEventListener("click", resume);
$("fresh").addEventListener("click", async () => {
  await begin("");
  composer.focus();
});
for (const chip of document.querySelectorAll("[data-say]")) {
  chip.addEventListener("click", () => send({ text: chip.dataset.say, textFormat: "plain" }));
}
speakFirst($("how"));
composer.focus();
if (memory.conversation()) resume();
else begin("");
