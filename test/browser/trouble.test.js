// What goes wrong is said in plain words, and nothing that was typed is lost.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { behind } from "./behind.js";
import { agent, connected, heard, launch, own, say, texts } from "./page.js";

const { demo, open } = await launch();
const field = (page) => page.getByLabel("Message", { exact: true });

describe("the person is told", () => {
  const refusals = [
    [404, "Not sent: this conversation is no longer on the server."],
    [429, "Not sent: too many messages at once. Try again in a moment."],
    [502, "The agent could not take this message. It may be down, or it ran into an error."],
    [504, "The agent did not answer in time."],
    [503, "Not sent: closed for lunch"],
  ];
  for (const [status, words] of refusals) {
    test(`of a ${status}, and can try again or change the words`, async (t) => {
      const page = await open(t);
      await page.route("**/activities", (route) =>
        route.request().method() === "POST" ? route.fulfill({ status, json: { error: { code: "X", message: "closed for lunch" } } }) : route.fallback());
      await say(page, "precious words");
      await page.getByRole("alert").filter({ hasText: words }).waitFor();
      await page.unroute("**/activities");
      await field(page).fill("and these");
      await page.getByRole("button", { name: "Edit" }).click();
      assert.equal(await field(page).inputValue(), "precious words\nand these");
      assert.equal(await page.locator(".item.own").count(), 0);
      await page.keyboard.press("Enter");
      await heard(page, "Echo: precious words\nand these");
    });
  }

  test("of words that are too many for the channel", async (t) => {
    const page = await open(t);
    await say(page, "x".repeat(300_000));
    await page.getByRole("alert").filter({ hasText: "Not sent: the message is too long." }).waitFor();
    await page.getByRole("button", { name: "Edit" }).click();
    assert.equal((await field(page).inputValue()).length, 300_000);
  });

  test("of an answer that makes no sense", async (t) => {
    const page = await open(t);
    await page.route("**/activities", (route) => (route.request().method() === "POST" ? route.fulfill({ status: 200, contentType: "text/html", body: "<h1>Hotel Wi-Fi</h1>" }) : route.fallback()));
    await say(page, "hello");
    await page.getByRole("alert").filter({ hasText: "The server's answer makes no sense." }).waitFor();
  });
});

const channel = await behind(demo, (a, response) => {
  if (a.text === "garbage") response.writeHead(200, { "Content-Type": "application/json" }).end("{not json <script>alert(1)</script>");
  else if (a.text === "hang up") response.destroy();
  else if (a.text === "refuse") response.writeHead(418).end("<b>teapot</b>");
  else return 202;
});
after(() => channel.end());
const { url } = channel;

describe("behind a channel of its own", () => {
  test("an agent that hangs up or refuses is said to be in trouble, one that talks nonsense does no harm", async (t) => {
    const page = await open(t, { at: url });
    await page.getByRole("heading", { name: "Say something to the agent" }).waitFor();
    const troubled = page.locator(".item.own.failed");
    await say(page, "hang up");
    await troubled.filter({ hasText: "hang up" }).waitFor();
    await say(page, "refuse");
    await troubled.filter({ hasText: "refuse" }).waitFor();
    assert.ok((await texts(troubled.getByRole("alert"))).every((s) => s.startsWith("The agent could not take this message.")));
    await say(page, "garbage");
    await page.locator(".item.own", { hasText: "garbage" }).locator(".status", { hasText: /./ }).waitFor();
    await say(page, "fine");
    await page.locator(".item.own", { hasText: "fine" }).locator(".status", { hasText: "Sent" }).waitFor();
    assert.deepEqual(await texts(own(page)), ["hang up", "refuse", "garbage", "fine"]);
    assert.equal(await agent(page).count(), 0);
  });

  test("a server that forgot the conversation gets a new one, with all that was not sent", async (t) => {
    const page = await open(t, { at: url });
    await say(page, "known to the server");
    await page.locator(".item.own .status", { hasText: "Sent" }).waitFor();
    await channel.kill();
    await page.locator('#state[data-state="reconnecting"]').waitFor();
    await say(page, "said in between");
    await page.getByText("Not sent: the server cannot be reached.").waitFor();
    await field(page).fill("and half a thought");
    await channel.start(); // its memory is gone
    await page.getByText("The earlier conversation is no longer on the server.").waitFor();
    await connected(page);
    assert.equal(await field(page).inputValue(), "and half a thought");
    await page.getByRole("button", { name: "Retry" }).click();
    await page.locator(".item.own", { hasText: "said in between" }).locator(".status", { hasText: "Sent" }).waitFor();
    assert.deepEqual(await texts(own(page)), ["said in between"]);
    assert.deepEqual(await texts(page.locator("#side .entry")), ["said in between"], "the old one is off the list");
  });
});
