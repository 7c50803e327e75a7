// Starts the real Web Chat against this server's Direct Line. A tab keeps its
// conversation, so that a reload goes on with it.
import { Access } from "/chat/access.js";
import * as memory from "/chat/memory.js";

const CONVERSATION = "outspoken.webchat";
const user = memory.user();
const $ = (id) => document.getElementById(id);

// join returns a conversation object: of the conversation that was here, or of
// a new one.
async function join() {
  const id = memory.asked().conversation || sessionStorage.getItem(CONVERSATION);
  const access = new Access(user, id ?? "");
  try {
    if (!id) return await access.call("POST", "/conversations", { user, locale: navigator.language });
    return await access.call("GET", `/conversations/${encodeURIComponent(id)}`);
  } catch (err) {
    if (err.status !== 404 || !id) throw err;
    sessionStorage.removeItem(CONVERSATION);
    return join();
  } finally {
    access.close();
  }
}

async function start() {
  const { conversationId, token } = await join();
  sessionStorage.setItem(CONVERSATION, conversationId);
  const directLine = window.WebChat.createDirectLine({
    domain: `${location.origin}/v3/directline`,
    conversationId,
    token,
    watermark: "0", // all of it: the greeting may have come already
  });
  window.WebChat.renderWebChat({ directLine, userID: user.id, username: user.name, locale: navigator.language }, $("webchat"));
}

$("fresh").addEventListener("click", () => {
  sessionStorage.removeItem(CONVERSATION);
  location.reload();
});

start().catch((err) => {
  $("trouble").textContent = `Web Chat could not be started: ${err.message}`;
  $("trouble").hidden = false;
});
