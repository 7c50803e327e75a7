// What the tests share: a demo, a browser, and the chat page as a person meets it.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after } from "node:test";
import { chromium } from "playwright-core";
import { run } from "./demo.js";

export const out = join(import.meta.dirname, "out");
export const patience = 10_000; // ms

// launch starts a demo and a browser for one test file, and ends them after it.
export async function launch() {
  const demo = await run();
  after(() => demo.stop());
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
  });
  after(() => browser.close());

  // open opens the page as a new user. It ends the test if the page breaks its
  // own policy or throws. before is called with the page before it loads.
  async function open(t, { at = demo.url, path = "/", before, ...options } = {}) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    context.setDefaultTimeout(patience);
    const page = await context.newPage();
    const faults = [];
    page.on("pageerror", (err) => faults.push(`thrown: ${err.message}`));
    page.on("console", (m) => m.type() === "error" && /Content.Security.Policy|TrustedHTML/i.test(m.text()) && faults.push(m.text()));
    t.after(async () => {
      await context.close();
      assert.deepEqual(faults, []);
    });
    await before?.(page);
    await page.goto(at + path);
    await connected(page);
    return page;
  }

  // connector is what the agent's side of the channel asks for.
  async function connector(method, conversation, activity, id = "") {
    const response = await fetch(`${demo.url}/connector/v3/conversations/${encodeURIComponent(conversation)}/activities${id && `/${encodeURIComponent(id)}`}`, {
      method,
      headers: { "Content-Type": "application/json" },
      body: activity && JSON.stringify(activity),
    });
    assert.ok(response.ok, `${method}: ${response.status}`);
    return method === "DELETE" ? "" : (await response.json()).id;
  }

  // card sends an Adaptive Card.
  const card = (conversation, content) =>
    connector("POST", conversation, { type: "message", attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", content: { type: "AdaptiveCard", ...content } }] });

  async function proactive(body) {
    const response = await fetch(`${demo.url}/api/proactive`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    assert.equal(response.status, 200);
    return response.json();
  }

  return { demo, browser, open, connector, card, proactive };
}

export const connected = (page) => page.locator('#state[data-state="connected"]').waitFor();
export const agent = (page) => page.locator(".item.agent .bubble");
export const own = (page) => page.locator(".item.own .bubble");
export const texts = async (locator) => (await locator.allInnerTexts()).map((t) => t.trim());
export const conversationOf = (page) => page.evaluate(() => sessionStorage.getItem("outspoken.conversation"));

export async function say(page, text) {
  await page.getByLabel("Message", { exact: true }).fill(text);
  await page.keyboard.press("Enter");
}

// heard waits until the agent's bubble with exactly this text is there.
export const heard = (page, text) => agent(page).filter({ hasText: new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`) }).last().waitFor();

// answered is heard for a streamed answer: its last message, no bubble that grows.
export const answered = (page, text) => page.locator(".item.agent:not(.live)").filter({ has: page.getByText(text, { exact: true }) }).waitFor();

// value is what the showcase says that a card has sent.
export async function value(page) {
  const answer = agent(page).filter({ hasText: "Value: " }).last();
  await answer.waitFor();
  return JSON.parse((await answer.innerText()).slice("Value: ".length));
}

// answer makes the agent's answers to invokes, as the page gets them.
export const answerInvokes = (page, answer) =>
  page.route("**/activities", async (route) => {
    const activity = route.request().method() === "POST" ? route.request().postDataJSON() : {};
    if (activity.type !== "invoke") return route.fallback();
    const { status = 200, body } = answer(activity);
    await (status < 300
      ? route.fulfill({ json: { id: "invoke", invoke: { status, body } } })
      : route.fulfill({ status: 502, json: { error: { code: "BotRejectedActivity", message: "the agent refused" } } }));
  });
