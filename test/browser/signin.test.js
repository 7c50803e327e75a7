// Signing in from card to token, with the simulated user-token service and an
// agent that uses it.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { behind } from "./behind.js";
import { heard, launch, say } from "./page.js";

const connection = "shop";
const who = (a) => `userId=${encodeURIComponent(a.from.id)}&connectionName=${connection}&channelId=${a.channelId}`;

// answer is all that the agent does.
async function answer(a) {
  if (a.type === "message" && /^login/.test(a.text)) {
    const state = btoa(JSON.stringify({ connectionName: connection, conversation: { channelId: a.channelId, user: a.from, conversation: a.conversation, bot: a.recipient, serviceUrl: a.serviceUrl } }));
    const { body } = await channel.call("GET", `/api/botsignin/GetSignInResource?state=${encodeURIComponent(state)}`);
    const tokenExchangeResource = a.text === "login silently" ? body.tokenExchangeResource : undefined;
    await channel.reply(a, { attachments: [{ contentType: "application/vnd.microsoft.card.oauth", content: { text: "Please sign in", connectionName: connection, tokenExchangeResource, buttons: [{ type: "signin", title: "Sign in here", value: body.signInLink }] } }] });
  } else if (a.type === "message" && /^\d{6}$/.test(a.text)) {
    const { ok } = await channel.call("GET", `/api/usertoken/GetToken?${who(a)}&code=${a.text}`);
    await channel.reply(a, { text: ok ? "You are in by the code" : "That is not the code" });
  } else if (a.type === "invoke" && a.name === "signin/tokenExchange") {
    const { ok } = await channel.call("POST", `/api/usertoken/exchange?${who(a)}`, { token: a.value.token });
    if (!ok) return 412;
    await channel.reply(a, { text: "You are in by exchange" });
  } else if (a.type === "event" && a.name === "tokens/response") {
    await channel.reply(a, { text: "You are in without a code" });
  }
  return 200;
}

const { demo, open } = await launch();
const channel = await behind(demo, answer);
after(() => channel.end());
const { url } = channel;

// signIn follows the card's link as far as the last page.
async function signIn(page) {
  const [popup] = await Promise.all([page.context().waitForEvent("page"), page.getByRole("link", { name: "Sign in here" }).last().click()]);
  await popup.getByLabel("Your name").fill("Ada");
  await popup.getByRole("button", { name: "Sign in", exact: true }).click();
  return popup;
}

describe("signing in", () => {
  test("goes through the page in a new window, and this browser needs no code", async (t) => {
    const page = await open(t, { at: url });
    await say(page, "login");
    const popup = await signIn(page);
    assert.equal(await popup.evaluate(() => window.opener), null);
    await heard(page, "You are in without a code");
  });

  test("elsewhere a code is shown, which is typed in the chat", async (t) => {
    const page = await open(t, { at: url, before: (page) => page.route("**/api/botsignin/session", (route) => route.abort()) });
    await say(page, "login");
    const popup = await signIn(page);
    const code = (await popup.locator("output.code").innerText()).replace(/\D/g, "");
    await say(page, code === "123456" ? "654321" : "123456");
    await heard(page, "That is not the code");
    await say(page, code);
    await heard(page, "You are in by the code");
  });

  test("by exchange happens by itself", async (t) => {
    const page = await open(t, { at: url });
    await say(page, "login silently");
    await heard(page, "You are in by exchange");
    await page.getByText("Signed in").waitFor();
    assert.equal(await page.getByRole("link", { name: "Sign in here" }).count(), 0);
  });
});
