// The page for the real Web Chat: what it does without the bundle, and how it
// starts one. The real one is driven in test/interop.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { behind } from "./behind.js";
import { launch, patience } from "./page.js";

const { demo, browser } = await launch();
const folder = mkdtempSync(join(tmpdir(), "outspoken-webchat-"));
const bundle = join(folder, "webchat.js");
writeFileSync(bundle, `window.WebChat = {
  createDirectLine: (options) => ({ options }),
  renderWebChat: (props, at) => { window.rendered = { ...props.directLine.options, userID: props.userID, at: at.id }; },
};`);
const channel = await behind(demo, () => 200, { env: { OUTSPOKEN_SECRET: "a-secret-of-the-test" }, flags: ["--webchat-bundle", bundle] });
after(async () => {
  await channel.end();
  rmSync(folder, { recursive: true });
});

async function open(t, url) {
  const context = await browser.newContext();
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  const trouble = [];
  page.on("pageerror", (err) => trouble.push(err.message));
  page.on("console", (m) => m.type() === "error" && !/status of 40[14]/.test(m.text()) && trouble.push(m.text()));
  t.after(async () => {
    await context.close();
    assert.deepEqual(trouble, []);
  });
  await page.goto(url);
  return page;
}

const rendered = async (page) => (await page.waitForFunction(() => window.rendered)).jsonValue();

describe("Web Chat", () => {
  test("is not there at first, and it is said how to get it", async (t) => {
    const page = await open(t, `${demo.url}/webchat`);
    await page.getByRole("heading", { name: "Web Chat is not here yet" }).waitFor();
    await page.getByText("--webchat-bundle").waitFor();
    assert.equal((await fetch(`${demo.url}/chat/settings.json`).then((r) => r.json())).webchat, false);
  });

  test("is started with a token and goes on with its conversation after a reload", async (t) => {
    const page = await open(t, `${channel.url}/webchat`);
    const first = await rendered(page);
    assert.equal(first.domain, `${channel.url}/v3/directline`);
    assert.match(first.userID, /^user-/);
    assert.equal(first.at, "webchat");
    assert.equal(first.watermark, "0", "nothing said before it connects is missed");
    const activities = await fetch(`${first.domain}/conversations/${encodeURIComponent(first.conversationId)}/activities`, { headers: { Authorization: `Bearer ${first.token}` } });
    assert.equal(activities.status, 200, "the token is good");
    await page.reload();
    assert.equal((await rendered(page)).conversationId, first.conversationId);
    await page.getByRole("button", { name: "New conversation" }).click();
    await page.waitForFunction((id) => window.rendered && window.rendered.conversationId !== id, first.conversationId);
  });

  test("starts a new conversation when the old one is gone", async (t) => {
    const page = await open(t, `${demo.url}/webchat`);
    assert.equal(await page.locator("#webchat").count(), 0);
    await page.goto(`${channel.url}/webchat`);
    await page.evaluate(() => sessionStorage.setItem("outspoken.webchat", "gone"));
    await page.route("**/conversations/gone", (route) => route.fulfill({ status: 404, json: { error: { code: "NotFound", message: "gone" } } }));
    await page.reload();
    assert.notEqual((await rendered(page)).conversationId, "gone");
  });
});
