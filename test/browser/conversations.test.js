// Several conversations beside each other: switching, names, badges, memory.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { behind } from "./behind.js";
import { agent, connected, conversationOf, heard, launch, own, say, texts } from "./page.js";

const { demo, open, connector, proactive } = await launch();
const entries = (page) => page.locator("#side .entry .name");
const entry = (page, name) => page.locator("#side .entry").filter({ hasText: name });
const badge = (page, name) => entry(page, name).locator(".badge");
const fresh = async (page) => {
  const before = await conversationOf(page);
  await page.getByRole("button", { name: "New conversation" }).click();
  await page.waitForFunction((b) => sessionStorage.getItem("outspoken.conversation") !== b, before);
  await connected(page);
};

describe("conversations beside each other", () => {
  test("are named by their first message and keep what belongs to them", async (t) => {
    const page = await open(t);
    assert.deepEqual(await texts(entries(page)), ["Nothing said yet"]);
    await say(page, "first words");
    await heard(page, "Echo: first words");
    await page.getByLabel("Message", { exact: true }).fill("half a thought");
    await fresh(page);
    assert.equal(await page.getByLabel("Message", { exact: true }).inputValue(), "");
    await say(page, "other words");
    await heard(page, "Echo: other words");
    assert.deepEqual(await texts(entries(page)), ["other words", "first words"]);
    await entry(page, "first words").click();
    await heard(page, "Echo: first words");
    assert.deepEqual(await texts(own(page)), ["first words"]);
    assert.equal(await page.getByLabel("Message", { exact: true }).inputValue(), "half a thought");
    assert.equal(await page.locator("#side [aria-current=true]").innerText(), "first words");
    await page.reload();
    await connected(page);
    assert.deepEqual(await texts(entries(page)), ["other words", "first words"]);
    assert.equal(await page.getByLabel("Message", { exact: true }).inputValue(), "half a thought", "not even a reload loses what was typed");
  });

  test("a message beside gets a badge, is announced, and is read by opening it", async (t) => {
    const page = await open(t);
    await say(page, "watch this one");
    await heard(page, "Echo: watch this one");
    const id = await conversationOf(page);
    await fresh(page);
    assert.deepEqual(await proactive({ conversationId: id, text: "Your report is ready" }), { sent: 1, failed: 0 });
    await badge(page, "watch this one").waitFor();
    assert.equal(await page.title(), "(1) Outspoken");
    assert.equal(await page.getByRole("status").filter({ hasText: "New message in “watch this one”" }).count(), 1);
    assert.equal(await page.getByRole("button", { name: /^watch this one\s*1 new message$/ }).count(), 1, "a screen reader hears the number");
    assert.equal(await agent(page).filter({ hasText: "Your report is ready" }).count(), 0);
    await proactive({ conversationId: id, text: "And another" });
    await badge(page, "watch this one").filter({ hasText: "2" }).waitFor();
    await entry(page, "watch this one").click();
    await heard(page, "And another");
    assert.deepEqual(await texts(page.locator(".item.first .bubble")), ["Your report is ready", "And another"]);
    assert.equal(await badge(page, "watch this one").count(), 0);
    assert.equal(await page.title(), "Outspoken");
  });

  test("what came while the browser was away has its badge on return", async (t) => {
    const page = await open(t);
    await say(page, "left alone");
    await heard(page, "Echo: left alone");
    const id = await conversationOf(page);
    await fresh(page);
    await say(page, "in front");
    await heard(page, "Echo: in front");
    await page.goto("about:blank");
    await proactive({ conversationId: id, text: "while you were out" });
    await page.goto(demo.url);
    await connected(page);
    await badge(page, "left alone").filter({ hasText: "1" }).waitFor();
    await entry(page, "left alone").click();
    await heard(page, "while you were out");
  });

  test("two tabs agree on what there is and what was read", async (t) => {
    const page = await open(t);
    await say(page, "shared");
    await heard(page, "Echo: shared");
    const id = await conversationOf(page);
    await fresh(page);
    await say(page, "of the first tab");
    await heard(page, "Echo: of the first tab");
    const other = await page.context().newPage();
    await other.goto(`${demo.url}/#conversation=${encodeURIComponent(id)}`);
    await connected(other);
    await connector("POST", id, { type: "message", text: "read in the second tab" });
    await heard(other, "read in the second tab");
    await say(other, "seen");
    await heard(other, "Echo: seen");
    await badge(page, "shared").waitFor({ state: "detached" });
    await other.getByRole("button", { name: "Close “of the first tab”" }).click();
    assert.deepEqual(await texts(entries(other)), ["shared"]);
    await entry(page, "shared").click();
    await entry(page, "of the first tab").waitFor({ state: "detached" });
  });

  test("closing forgets one, and the last one makes room for a new one", async (t) => {
    const page = await open(t);
    await say(page, "one");
    await heard(page, "Echo: one");
    await fresh(page);
    await say(page, "two");
    await heard(page, "Echo: two");
    await page.getByRole("button", { name: "Close “two”" }).click();
    await heard(page, "Echo: one");
    assert.deepEqual(await texts(entries(page)), ["one"]);
    await page.getByRole("button", { name: "Close “one”" }).click();
    await page.locator("#intro").waitFor();
    await page.reload();
    await connected(page);
    assert.deepEqual(await texts(entries(page)), ["Nothing said yet"]);
  });

  test("no more than 20 are remembered, and no more than 8 sockets are open", async (t) => {
    const sockets = new Set();
    const page = await open(t, { before: (page) => page.on("websocket", (ws) => {
      sockets.add(ws);
      ws.on("close", () => sockets.delete(ws));
    }) });
    for (let i = 0; i < 22; i++) await fresh(page);
    assert.equal(await entries(page).count(), 20);
    await page.waitForFunction(() => JSON.parse(localStorage.getItem("outspoken.conversations")).length === 20);
    for (const end = Date.now() + 5000; sockets.size !== 8 && Date.now() < end; ) await page.waitForTimeout(20);
    assert.equal(sockets.size, 8);
  });

  test("the address says which conversation and which user", async (t) => {
    const page = await open(t, { path: "/?user=ann&name=Ann%20A." });
    await heard(page, "Welcome Ann A.");
    await say(page, "mine");
    await heard(page, "Echo: mine");
    const id = await page.evaluate(() => sessionStorage.getItem("outspoken.conversation:ann"));
    const other = await open(t, { path: `/?user=bob#conversation=${encodeURIComponent(id)}` });
    await heard(other, "Echo: mine");
    assert.deepEqual(await texts(own(other)), [], "it was said by somebody else");
    await say(other, "hello from bob");
    await heard(other, "Echo: hello from bob");
    await page.locator('#state[data-state="elsewhere"]').waitFor();
    await page.getByRole("button", { name: "Use here" }).click();
    await page.locator(".item.person", { hasText: "hello from bob" }).waitFor();
  });

  test("in a narrow window they are in a drawer, with a badge on its button", async (t) => {
    const page = await open(t, { viewport: { width: 390, height: 844 } });
    await say(page, "in the pocket");
    await heard(page, "Echo: in the pocket");
    const id = await conversationOf(page);
    await fresh(page);
    assert.equal(await page.locator("#side").isVisible(), false);
    await connector("POST", id, { type: "message", text: "ping" });
    await page.getByRole("button", { name: "Conversations, 1 new message" }).click();
    await badge(page, "in the pocket").waitFor();
    await page.keyboard.press("Escape");
    assert.equal(await page.locator("#side").isVisible(), false);
    await page.getByRole("button", { name: "Conversations, 1 new message" }).press("Enter");
    await entry(page, "in the pocket").focus();
    await page.keyboard.press("Enter");
    await heard(page, "ping");
    assert.equal(await page.locator("#side").isVisible(), false);
  });

  test("those that others begin with this user are found by themselves", async (t) => {
    const channel = await behind(demo, () => 200);
    t.after(() => channel.end());
    const page = await open(t, { at: channel.url, path: "/?user=zoe" });
    assert.equal(await page.getByRole("link", { name: "Playground" }).getAttribute("href"), "/playground/");
    assert.equal(await page.getByRole("button", { name: "How it speaks first" }).count(), 0, "no command, no note");
    await page.getByRole("heading", { name: "Say something to the agent" }).waitFor();
    const agent = { id: "agent", name: "Agent" };
    const members = [{ id: "zoe", name: "Zoe" }];
    const { body: asked } = await channel.call("POST", "/playground/api/conversations", { members, topic: "Your order" });
    await channel.call("POST", `/connector/v3/conversations/${encodeURIComponent(asked.id)}/activities`, { type: "message", text: "It is on its way" });
    const created = await channel.call("POST", "/connector/v3/conversations", { bot: agent, members, isGroup: false, activity: { type: "message", text: "May I interrupt?" } });
    assert.ok(created.ok, JSON.stringify(created.body));
    await badge(page, "Your order").waitFor();
    await badge(page, "May I interrupt?").waitFor();
    assert.equal(await page.title(), "(2) Outspoken");
    await entry(page, "Your order").click();
    await heard(page, "It is on its way");
    await entry(page, "May I interrupt?").click();
    await heard(page, "May I interrupt?");
    assert.equal(await page.title(), "Outspoken");
  });
});
