// The playground: what goes on between channel and agent, and how to disturb it.
import { h, object, text } from "/chat/dom.js";
import * as api from "./api.js";
import { beginning, Conversations } from "./conversations.js";
import { detail } from "./detail.js";
import { Editor } from "./editor.js";
import { Faults } from "./faults.js";
import { Feed } from "./feed.js";
import { Users } from "./users.js";

const $ = (id) => document.getElementById(id);
const narrow = matchMedia("(max-width: 760px)"); // one column, as in style.css
let problemTimer;

// problem tells what went wrong until something else does, or for 12 s.
function problem(err) {
  clearTimeout(problemTimer);
  $("problem").textContent = err ? (typeof err === "string" ? err : api.words(err)) : "";
  $("problem").hidden = !err;
  if (err) problemTimer = setTimeout(() => problem(""), 12_000);
}

const feed = new Feed({ list: $("list"), none: $("none"), more: $("more") }, { select: show, where: (id) => conversations.title(id) });
const editor = new Editor($("editor"));
const faults = new Faults($("faults"), $("scope"), { problem, moved: () => conversations.soon() });
const users = new Users({ users: $("users"), as: $("as"), form: $("say"), words: $("words") }, {
  problem,
  changed: (info) => conversations.put(info),
  saying: () => problem(""),
});
const conversations = new Conversations($("conversations"), { select: chosen, failed: problem });

function show(exchange) {
  detail($("detail"), exchange, {
    again: (activity) => edit({ activity }, exchange.conversation),
    react: (e) => edit({ group: "reaction", replyToId: text(object(e.activity).id) || e.activityId }, e.conversation),
    open: (id) => conversations.select(id),
  });
  if (exchange && narrow.matches) $("detail").scrollIntoView({ block: "start" });
}

// edit opens the editor for the conversation that is selected, or for the one
// an exchange belongs to.
function edit(what, id) {
  if (id && conversations.selected?.id !== id) conversations.select(id);
  const info = conversations.selected;
  if (info) editor.open(info, users.current, what);
  else problem("This conversation is gone.");
}

let shown = "";

function chosen(info) {
  const id = info?.id ?? "";
  $("about").hidden = $("say").hidden = !info;
  users.show(info);
  faults.show(info);
  if (id !== shown) {
    shown = id;
    feed.filter({ conversation: id });
  } else feed.retitle();
  if (!info) return;
  $("about-title").replaceChildren(conversations.title(info.id), h("span", { class: "badge" }, info.channelId), h("span", { class: "badge" }, info.kind));
  const user = users.current;
  const who = user ? `?user=${encodeURIComponent(user.id)}&name=${encodeURIComponent(user.name ?? "")}` : "";
  $("open").href = `/${who}#conversation=${encodeURIComponent(id)}`;
  $("transcript").href = api.file(id, "transcript");
  $("txtar").href = api.file(id, "txtar");
}

let faultTimer;

api.follow({
  state(connected) {
    $("state").dataset.state = connected ? "connected" : "reconnecting";
    $("state").lastElementChild.textContent = connected ? "Live" : "The server is away. Trying again…";
    if (connected) {
      conversations.refresh();
      faults.refresh();
      about();
    } else api.agent().catch((err) => err.status && problem(err)); // it is there, but refuses
  },
  missed: () => problem("Some exchanges came too fast and are not in the list."),
  exchange(e) {
    feed.add(e);
    conversations.heard(e);
    const { type } = object(e.activity);
    if ((e.conversation && !conversations.knows(e.conversation)) || type === "conversationUpdate") conversations.soon();
    if (!e.toAgent && faults.any) faultTimer ??= setTimeout(() => { faultTimer = undefined; faults.refresh(); }, 150);
  },
});

let known = false;

async function about() {
  if (known) return;
  try {
    const { url, channelId, channels } = await api.agent();
    known = true;
    $("agent").replaceChildren("Agent ", h("code", null, text(url) || "unknown"));
    beginning($("begin"), channels, (info) => {
      conversations.put(info);
      conversations.select(info.id);
      $("words").focus();
    });
    $("begin").querySelector("select").value = channelId;
  } catch (err) {
    problem(err);
  }
}

$("new").addEventListener("click", () => $("begin").showModal());
$("join").addEventListener("click", () => $("newcomer").showModal());
users.joining($("newcomer"));
for (const button of document.querySelectorAll("[data-close]")) button.addEventListener("click", () => button.closest("dialog").close());
for (const button of document.querySelectorAll("[data-group]")) button.addEventListener("click", () => edit({ group: button.dataset.group }));
$("as").addEventListener("change", () => chosen(conversations.selected));
$("find").addEventListener("input", () => feed.filter({ words: $("find").value.trim() }));
$("trouble-only").addEventListener("change", () => feed.filter({ troubleOnly: $("trouble-only").checked }));
$("clear").addEventListener("click", () => {
  feed.clear();
  show();
});
// An export that fails is told here, rather than in a file.
for (const id of ["transcript", "txtar"]) {
  $(id).addEventListener("click", async (event) => {
    event.preventDefault();
    const response = await fetch($(id).href).catch(() => undefined);
    if (!response?.ok) {
      const answer = await response?.json().catch(() => undefined);
      return problem(answer?.error?.message ?? api.words({ status: response?.status ?? 0 }));
    }
    const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1] ?? id;
    const address = URL.createObjectURL(await response.blob());
    h("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  });
}

show();
const wanted = new URLSearchParams(location.hash.slice(1)).get("conversation");
if (wanted) conversations.select(wanted);
addEventListener("hashchange", () => conversations.select(new URLSearchParams(location.hash.slice(1)).get("conversation") ?? ""));
