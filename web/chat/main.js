// The chat page: one user, their conversations, one agent.
import { Conversations } from "./conversations.js";
import * as memory from "./memory.js";
import { settings } from "./settings.js";
import { Side } from "./side.js";
import { speakFirst } from "./speakfirst.js";

const $ = (id) => document.getElementById(id);

const states = {
  connecting: "Connecting…",
  connected: "Connected",
  reconnecting: "Reconnecting…",
  refused: "Not let in",
  elsewhere: "Open in another tab",
  gone: "Gone",
};

const given = await settings();
$("title").textContent = given.title;
$("speak").hidden = !given.curl;
$("to-playground").hidden = !given.playground;
$("to-webchat").hidden = !given.webchat;
if (given.curl) speakFirst($("how"), given.curl);

const all = new Conversations(memory.user(), given, {
  changed,
  news: (item) => {
    side.announce(item);
    changed();
  },
});
const side = new Side($("side"), $("open-side"), all);

function changed() {
  if (!all?.front) return;
  const { state } = all.front.pane;
  if ($("state").dataset.state !== state) {
    $("state").dataset.state = state;
    $("state").lastElementChild.textContent = states[state];
    $("here").hidden = state !== "elsewhere";
  }
  document.title = all.unread ? `(${all.unread}) ${given.title}` : given.title;
  side.draw();
}

// visit opens what the address asks for, once.
function visit() {
  const { conversation } = memory.asked();
  if (!conversation) return false;
  history.replaceState(null, "", location.pathname + location.search);
  all.open(conversation);
  return true;
}

function back() {
  if (document.hidden) return;
  all.seen();
  all.front.pane.line.wake();
}

document.addEventListener("visibilitychange", back);
window.addEventListener("hashchange", visit);
window.addEventListener("online", () => all.front.pane.line.wake());
for (const type of ["dragover", "drop"]) window.addEventListener(type, (e) => e.preventDefault()); // a file beside the mark is not to replace the page
$("here").addEventListener("click", () => all.front.pane.follow());
$("fresh").addEventListener("click", () => all.begin());

if (!visit()) {
  const id = memory.front();
  if (id) all.open(id);
  else all.begin();
}
