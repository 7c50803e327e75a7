// A channel with a secret: the page needs tokens, and nothing may be lost over them.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { behind } from "./behind.js";
import { agent, connected, heard, launch, own, say, texts } from "./page.js";

const { demo, browser, ...rest } = await launch();
const channel = await behind(demo, async (a) => {
  if (a.type === "message") await channel.reply(a, { text: `Echo: ${a.text}` });
  return 200;
}, { env: { OUTSPOKEN_SECRET: "a-secret-of-the-test" } });
after(() => channel.end());
const { url } = channel;

// open opens the page of the channel with the secret.
const open = (t, prepare) => rest.open(t, { at: url, before: prepare });

// shortLived makes tokens that the page wants to renew after about a second.
const shortLived = (page, seen) =>
  page.route(/\/(api\/token|tokens\/refresh)$/, async (route) => {
    const response = await route.fetch();
    seen.push(`${new URL(route.request().url()).pathname} ${response.status()}`);
    await route.fulfill({ response, json: { ...(await response.json()), expires_in: 2 } });
  });

describe("with a secret", () => {
  test("the page gets in by a token, and comes back after a reload", async (t) => {
    const page = await open(t);
    await say(page, "hello");
    await heard(page, "Echo: hello");
    const refused = await fetch(`${url}/v3/directline/conversations`, { method: "POST" });
    assert.equal(refused.status, 401, "others do not get in without one");
    await page.reload();
    await connected(page);
    await heard(page, "Echo: hello");
    await say(page, "again");
    await heard(page, "Echo: again");
    assert.deepEqual(await texts(own(page)), ["hello", "again"]);
  });

  test("a token is renewed in time, and no word is lost or said twice", async (t) => {
    const seen = [];
    const page = await open(t, (page) => shortLived(page, seen));
    for (let i = 0; seen.filter((s) => s.endsWith("refresh 200")).length < 2; i++) {
      await say(page, `word ${i}`);
      await heard(page, `Echo: word ${i}`);
      assert.ok(i < 500, seen.join());
    }
    const said = await texts(own(page));
    assert.deepEqual(said, said.map((_, i) => `word ${i}`));
    assert.deepEqual(await texts(agent(page)), said.map((w) => `Echo: ${w}`));
    assert.ok(seen.every((s) => s.endsWith(" 200")), seen.join());
  });

  test("a token that ran out is replaced, in the middle of a message too", async (t) => {
    let expired = 0;
    const page = await open(t);
    const stale = (route) => (expired++ ? route.fallback() : route.fulfill({ status: 403, json: { error: { code: "TokenExpired", message: "the token has expired" } } }));
    await page.route("**/activities", stale);
    await say(page, "hello");
    await heard(page, "Echo: hello");
    assert.ok(expired > 1);
    assert.deepEqual(await texts(own(page)), ["hello"]);
    assert.equal(await page.locator(".failed").count(), 0);
  });

  test("when there is none, the page says so and keeps what was typed", async (t) => {
    const context = await browser.newContext();
    t.after(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    await page.route("**/playground/api/token", (route) => route.fulfill({ status: 404, body: "there is nothing at this address" }));
    await page.goto(url);
    await page.locator('#state[data-state="refused"]').waitFor();
    await page.locator("#log").getByText("This server lets nobody in without a token, and it gives this page none.").waitFor();
    await say(page, "let me in");
    await page.getByText("Not sent: this server lets nobody in without a token").waitFor();
    await page.unroute("**/playground/api/token");
    await page.getByRole("button", { name: "Retry" }).click();
    await heard(page, "Echo: let me in");
    await connected(page);
  });
});
