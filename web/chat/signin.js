// The sign-in and OAuth cards. When the agent can take a token of this page's
// user in exchange, that is tried without a word; the button is for the rest.
import { cardAction, heading } from "./cards.js";
import { h, list, object, text, webAddress } from "./dom.js";
import { request } from "./http.js";
import { markdown } from "./markdown.js";
import * as memory from "./memory.js";

export function signIn(c, act) {
  const el = h("div", { class: "card signin", role: "group", "aria-label": text(c.title) || "Sign in" });
  const resource = object(c.tokenExchangeResource);
  const key = text(resource.id) || act.message;
  if (key && memory.signedIn().includes(key)) done(el);
  else if (webAddress(resource.uri) || text(resource.uri).startsWith("api://")) exchange(el, c, resource, key, act);
  else offer(el, c, act);
  return el;
}

function offer(el, c, act) {
  el.removeAttribute("aria-busy");
  el.replaceChildren(
    h("div", { class: "words" }, heading(c), markdown(text(c.text) || "Please sign in.")),
    h("div", { class: "actions" }, list(c.buttons).map((b) => bound(cardAction({ title: "Sign in", ...object(b) }, act.send)))));
}

// bound tells this server's own sign-in, before its link opens, that it is done
// in the browser of the conversation. Then no code is asked for.
function bound(button) {
  if (!button.matches("a") || button.origin !== location.origin) return button;
  button.addEventListener("click", async (e) => {
    e.preventDefault();
    await request("POST", "/api/botsignin/session", { body: { link: button.href }, patience: 3_000 }).catch(() => {});
    window.open(button.href, "_blank", "noopener,noreferrer");
  });
  return button;
}

function done(el) {
  el.removeAttribute("aria-busy");
  el.replaceChildren(h("div", { class: "words" }, h("p", null, h("span", { class: "tick", "aria-hidden": "true" }, "✓ "), "Signed in")));
}

async function exchange(el, c, { id, uri }, key, act) {
  if (act.past) return offer(el, c, act);
  el.setAttribute("aria-busy", "true");
  el.append(h("div", { class: "words" }, h("p", { class: "subtitle" }, "Signing in…")));
  try {
    const { token } = await request("POST", "/api/botsignin/ssotoken", { body: { user: act.user.name || act.user.id, uri } });
    if (!text(token)) return offer(el, c, act);
    const { status } = await act.invoke("signin/tokenExchange", { id, connectionName: text(c.connectionName), token });
    if (status < 200 || status > 299) return offer(el, c, act);
    memory.rememberSignedIn(key);
    done(el);
  } catch {
    offer(el, c, act);
  }
}
