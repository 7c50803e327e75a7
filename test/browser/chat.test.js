// The chat page as a person meets it, in a real Chromium. See README.md.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { cards, form, gallery } from "./gallery.js";
import { agent, answered, connected, conversationOf, heard, launch, out, own, say, texts } from "./page.js";

const { demo, browser, open, connector, proactive } = await launch();

describe("the page", () => {
  test("loads under its policy, quickly and without a single error", async (t) => {
    const context = await browser.newContext();
    t.after(() => context.close());
    const page = await context.newPage();
    const trouble = [];
    const sizes = [];
    page.on("console", (m) => ["error", "warning"].includes(m.type()) && trouble.push(m.text()));
    page.on("pageerror", (err) => trouble.push(err.message));
    page.on("requestfailed", (r) => trouble.push(`${r.url()} ${r.failure().errorText}`));
    page.on("response", (r) => r.status() >= 400 && trouble.push(`${r.url()} ${r.status()}`));
    page.on("requestfinished", async (r) => {
      const s = r.sizes().catch(() => undefined);
      sizes.push(s.then((s) => (s ? s.responseBodySize + s.responseHeadersSize : 0)));
    });
    const response = await page.goto(demo.url);
    assert.match(response.headers()["content-security-policy"], /default-src 'none'.*script-src 'self'/);
    await connected(page);
    await heard(page, "Welcome Guest");
    const total = (await Promise.all(sizes)).reduce((a, b) => a + b, 0);
    const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
    t.diagnostic(`${sizes.length} requests, ${total} bytes with headers, first contentful paint after ${Math.round(paint)} ms`);
    assert.ok(total < 100 * 1024, `${total} bytes`);
    assert.ok(paint < 1000, `first paint after ${paint} ms`);
    assert.deepEqual(trouble, []);
    assert.equal(await page.locator(".item.first").count(), 0, "an answer to joining is not unasked");
  });

  test("says what is what to a screen reader, and needs no mouse", async (t) => {
    const page = await open(t);
    await heard(page, "Welcome Guest");
    const tree = await page.locator("body").ariaSnapshot();
    for (const part of ['heading "Outspoken"', "status: Connected", 'log "Messages"', 'textbox "Message"', 'button "Send"', 'button "New conversation"'])
      assert.ok(tree.includes(part), `${part} in\n${tree}`);
    assert.equal(await page.evaluate(() => document.activeElement.id), "field");
    await page.keyboard.type("suggest");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Red" }).waitFor();
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Shift+Tab");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Red");
    await page.keyboard.press("Enter");
    await heard(page, "Echo: Red");
    assert.equal(await page.evaluate(() => document.activeElement.id), "field", "focus goes back to where one writes");
    await page.keyboard.type("one");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("two");
    await page.keyboard.press("Enter");
    await heard(page, "Echo: one\ntwo");
  });
});

describe("a conversation", () => {
  test("hello is echoed, once, and marked as sent", async (t) => {
    const page = await open(t);
    await page.getByRole("button", { name: "Say hello" }).click();
    await heard(page, "Echo: hello");
    assert.deepEqual(await texts(own(page)), ["hello"]);
    await page.locator(".item.own .status", { hasText: "Sent" }).waitFor();
    assert.equal(await page.locator("#intro").isVisible(), false);
  });

  test("several answers keep their order", async (t) => {
    const page = await open(t);
    await say(page, "multi");
    await heard(page, "Part three");
    assert.deepEqual((await texts(agent(page))).slice(-3), ["Part one", "Part two", "Part three"]);
  });

  test("an update replaces in place, a delete removes", async (t) => {
    const page = await open(t);
    await heard(page, "Welcome Guest");
    await say(page, "update");
    await agent(page).filter({ hasText: "Updated" }).waitFor();
    await say(page, "delete");
    await agent(page).filter({ hasText: "Deleted" }).waitFor();
    const said = (await texts(agent(page))).map((s) => s.split(" ").slice(0, 2).join(" "));
    assert.equal(said[1], "After update");
    assert.match(said[2], /^Updated /);
    assert.match(said[3], /^Deleted /);
    assert.equal(said.length, 4);
  });

  test("a card is filled in and its value comes back", async (t) => {
    const page = await open(t);
    await say(page, "card");
    await page.locator(".adaptive .weight-bolder", { hasText: "Kit card title" }).waitFor();
    await page.getByLabel("Note").fill("from the test");
    await page.getByRole("button", { name: "Kit submit" }).click();
    const answer = agent(page).filter({ hasText: "Value: " });
    await answer.waitFor();
    assert.deepEqual(JSON.parse((await answer.innerText()).slice("Value: ".length)), { kit: "submit", note: "from the test" });
    assert.equal(await page.getByLabel("Note").inputValue(), "from the test", "the card keeps what was written");
  });

  test("a suggested reply is said, and the buttons go", async (t) => {
    const page = await open(t);
    await say(page, "suggest");
    await page.getByRole("button", { name: "Red" }).click();
    await heard(page, "Echo: Red");
    assert.equal(await page.locator("#suggestions").isVisible(), false);
  });

  test("typing shows, and goes with the message", async (t) => {
    const page = await open(t);
    const id = await conversationOf(page);
    await say(page, "typing");
    await heard(page, "Done typing");
    await connector("POST", id, { type: "typing" });
    await page.locator("#typing", { hasText: "is typing" }).waitFor();
    await connector("POST", id, { type: "message", text: "there" });
    await heard(page, "there");
    assert.equal(await page.locator("#typing").isVisible(), false);
  });

  test("a streamed answer is one bubble that grows", async (t) => {
    const page = await open(t);
    const id = await conversationOf(page);
    await heard(page, "Welcome Guest");
    await say(page, "stream");
    await answered(page, "Streamed answer complete");
    assert.deepEqual(await texts(agent(page)), ["Welcome Guest", "Streamed answer complete"]);

    const piece = (streamId, streamType, streamSequence, text) =>
      connector("POST", id, {
        type: streamType === "final" ? "message" : "typing",
        text,
        entities: [{ type: "streaminfo", streamType, streamSequence, streamId }],
      });
    const stream = await piece(undefined, "informative", 1, "Searching");
    await page.locator(".live.informative", { hasText: "Searching" }).waitFor();
    await piece(stream, "streaming", 3, "Slow **answer**");
    await heard(page, "Slow answer");
    await piece(stream, "streaming", 2, "late");
    assert.equal(await page.locator(".live").count(), 1);
    await piece(stream, "final", undefined, "Slow **answer** done");
    await answered(page, "Slow answer done");
    await piece(stream, "streaming", 4, "after the end");
    await connector("POST", id, { type: "message", text: "next" });
    await heard(page, "next");
    assert.deepEqual((await texts(agent(page))).slice(2), ["Slow answer done", "next"]);
    assert.equal(await page.locator(".live").count(), 0);
  });

  test("the end is said in a line", async (t) => {
    const page = await open(t);
    await say(page, "bye");
    await page.getByText("The agent ended the conversation.").waitFor();
  });

  test("what cannot be delivered says so, and can be tried again", async (t) => {
    const page = await open(t);
    await say(page, "crash");
    await page.getByText("The agent could not take this message.").waitFor();

    await page.route("**/activities", (route) => (route.request().method() === "POST" ? route.abort() : route.fallback()));
    await say(page, "lost and found");
    await page.getByText("Not sent: the server cannot be reached.").waitFor();
    await page.unroute("**/activities");
    await page.getByRole("button", { name: "Retry" }).last().click();
    await heard(page, "Echo: lost and found");
    assert.deepEqual(await texts(own(page)), ["crash", "lost and found"]);
    assert.equal(await page.locator(".failed").count(), 1);

    await page.getByRole("button", { name: "Retry" }).click();
    await page.locator(".item.own").last().filter({ hasText: "crash" }).getByRole("button", { name: "Retry" }).waitFor();
    await page.reload();
    await connected(page);
    assert.deepEqual(await texts(own(page)), ["lost and found", "crash"], "what was tried twice was said once");
    const refused = page.locator(".item.own.failed", { hasText: "crash" });
    await refused.getByText("The agent could not take this message.").waitFor();
    const posted = page.waitForResponse((r) => r.request().method() === "POST" && r.url().endsWith("/activities"));
    await refused.getByRole("button", { name: "Retry" }).click();
    assert.equal((await posted).status(), 502);
    await refused.getByRole("button", { name: "Retry" }).waitFor();
    assert.deepEqual(await texts(own(page)), ["lost and found", "crash"]);
  });

  test("that is gone from the server is followed by a new one", async (t) => {
    const page = await open(t);
    await heard(page, "Welcome Guest"); // with which the page remembers the conversation once more
    await page.evaluate(() => sessionStorage.setItem("outspoken.conversation", "gone"));
    await page.reload();
    await page.getByText("The earlier conversation is no longer on the server.").waitFor();
    await connected(page);
    await say(page, "hello");
    await heard(page, "Echo: hello");
  });

  test("a reload shows the same history, without doubles", async (t) => {
    const page = await open(t);
    for (const [words, answer] of [["hello", "Echo: hello"], ["multi", "Part three"], ["suggest", "Pick a colour"]]) {
      await say(page, words);
      await heard(page, answer);
    }
    const said = await texts(page.locator(".item .bubble"));
    const id = await conversationOf(page);
    await page.reload();
    await connected(page);
    assert.deepEqual(await texts(page.locator(".item .bubble")), said);
    assert.equal(await conversationOf(page), id);
    await page.getByRole("button", { name: "Blue" }).waitFor();
    await page.getByRole("button", { name: "New conversation" }).click();
    await page.locator("#intro").waitFor();
    await heard(page, "Welcome Guest");
    assert.notEqual(await conversationOf(page), id);
    assert.deepEqual(await texts(page.locator(".item .bubble")), ["Welcome Guest"]);
  });

  test("without WebSockets the page asks instead", async (t) => {
    const context = await browser.newContext();
    t.after(() => context.close());
    const page = await context.newPage();
    await page.routeWebSocket(/stream/, (ws) => ws.close({ code: 1011 }));
    await page.addInitScript(() => {
      window.WebSocket = class { constructor() { setTimeout(() => this.onclose?.({ reason: "" })); } close() {} };
    });
    await page.goto(demo.url);
    await connected(page);
    await say(page, "hello");
    await heard(page, "Echo: hello");
  });

  test("in two tabs, the newer one has it, and the older can take it back", async (t) => {
    const page = await open(t);
    await say(page, "hello");
    await heard(page, "Echo: hello");
    const other = await page.context().newPage();
    await other.goto(demo.url);
    await heard(other, "Echo: hello");
    await page.locator('#state[data-state="elsewhere"]').waitFor();
    await page.getByRole("button", { name: "Use here" }).click();
    await connected(page);
    await other.locator('#state[data-state="elsewhere"]').waitFor();
  });
});

describe("speaking first", () => {
  test("the agent speaks by itself, and it shows", async (t) => {
    const page = await open(t);
    await page.getByRole("button", { name: "Let it speak first" }).click();
    await heard(page, "Scheduled");
    await heard(page, `Proactive hello to ${await conversationOf(page)}`);
    const marked = () => page.locator(".item.first").filter({ hasText: "spoke first" }).locator(".bubble").allInnerTexts();
    assert.match((await marked()).join(), /^Proactive hello to [^,]*$/, "that one, and no answer");
    await page.reload();
    await connected(page);
    assert.match((await marked()).join(), /^Proactive hello to [^,]*$/);
  });

  test("a POST to /api/proactive reaches the page; a hidden tab counts", async (t) => {
    const page = await open(t);
    await heard(page, "Welcome Guest");
    const id = await conversationOf(page);
    await page.evaluate(() => Object.defineProperty(document, "hidden", { configurable: true, get: () => true }));
    assert.deepEqual(await proactive({ conversationId: id, text: "Your report is ready" }), { sent: 1, failed: 0 });
    await heard(page, "Your report is ready");
    assert.equal(await page.title(), "(1) Outspoken");
    assert.deepEqual(await texts(page.locator(".item.first .bubble")), ["Your report is ready"]);
    await page.evaluate(() => {
      delete document.hidden;
      document.dispatchEvent(new Event("visibilitychange"));
    });
    assert.equal(await page.title(), "Outspoken");
    await page.getByRole("button", { name: "How it speaks first", exact: true }).click();
    assert.match(await page.locator("#how code").first().innerText(), new RegExp(`curl ${demo.url}/api/proactive`));
    await page.keyboard.press("Escape");
    assert.equal(await page.locator("#how").isVisible(), false);
  });

  test("the server is killed and started again: the page comes back, and so does the history", { skip: process.env.OUTSPOKEN_URL ? "OUTSPOKEN_URL is set: the server is not ours to kill" : false }, async (t) => {
    const page = await open(t);
    await say(page, "multi");
    await heard(page, "Part three");
    const said = await texts(page.locator(".item .bubble"));
    const id = await conversationOf(page);
    await demo.kill();
    await page.locator('#state[data-state="reconnecting"]').waitFor();
    await say(page, "into the void");
    await page.getByText("Not sent: the server cannot be reached.").waitFor();
    await demo.start();
    await connected(page);
    await page.getByRole("button", { name: "Retry" }).click();
    await heard(page, "Echo: into the void");
    assert.deepEqual(await proactive({ conversationId: id, text: "Still here" }), { sent: 1, failed: 0 });
    await heard(page, "Still here");
    const expected = [...said, "into the void", "Echo: into the void", "Still here"];
    assert.deepEqual(await texts(page.locator(".item .bubble")), expected);
    await page.reload();
    await connected(page);
    assert.deepEqual(await texts(page.locator(".item .bubble")), expected);
  });

  test("what was changed while the page was away is seen on return", async (t) => {
    const page = await open(t);
    const id = await conversationOf(page);
    await heard(page, "Welcome Guest");
    const kept = await connector("POST", id, { type: "message", text: "before" });
    const gone = await connector("POST", id, { type: "message", text: "soon gone" });
    await heard(page, "soon gone");
    const other = await page.context().newPage(); // takes the socket
    await other.goto(demo.url);
    await page.locator('#state[data-state="elsewhere"]').waitFor();
    await connector("PUT", id, { type: "message", text: "after" }, kept);
    await connector("DELETE", id, undefined, gone);
    await page.getByRole("button", { name: "Use here" }).click();
    await heard(page, "after");
    assert.deepEqual(await texts(agent(page)), ["Welcome Guest", "after"]);
  });
});

describe("hostile words", () => {
  const evil = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "[click](javascript:alert(1))",
    "[click](data:text/html,<script>alert(1)</script>)",
    "`<b>` **<i>bold</i>** &lt;u&gt;",
  ];

  test("stay words, and no link leads to script", async (t) => {
    const page = await open(t);
    const dialogs = [];
    page.on("dialog", (d) => (dialogs.push(d.message()), d.dismiss()));
    await heard(page, "Welcome Guest");
    for (const [i, words] of evil.entries()) {
      await say(page, words);
      await agent(page).nth(i + 1).waitFor();
    }
    assert.deepEqual(await texts(own(page)), evil);
    assert.equal((await texts(agent(page)))[1], `Echo: ${evil[0]}`);
    assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll("#log :is(img, script, iframe, i, u, b)")].map((e) => e.outerHTML)), []);
    assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll("#log a")].map((e) => e.href)), []);
    assert.deepEqual(dialogs, []);
  });

  test("cards cannot smuggle anything in, and odd shapes do no harm", async (t) => {
    const page = await open(t);
    const id = await conversationOf(page);
    const adaptive = (content) => ({ contentType: "application/vnd.microsoft.card.adaptive", content });
    await connector("POST", id, {
      type: "message",
      attachments: [
        adaptive({
          type: "AdaptiveCard",
          body: [
            { type: "TextBlock", text: "<img src=x onerror=alert(1)> [x](javascript:alert(1))" },
            { type: "Image", url: "javascript:alert(1)", altText: "alt" },
            { type: "Media" }, null, 7, { type: "ColumnSet", columns: { a: 1 } }, { type: "constructor" },
          ],
          actions: [{ type: "Action.OpenUrl", title: "bad", url: "javascript:alert(1)" }, { type: "Action.OpenUrl", title: "good", url: "https://example.com/" }],
        }),
        { contentType: "application/vnd.microsoft.card.hero", content: { title: "<b>x</b>", buttons: [{ type: "openUrl", title: "bad", value: "javascript:alert(1)" }] } },
        { contentType: "image/png", contentUrl: "javascript:alert(1)" },
        adaptive("no card"),
      ],
    });
    await connector("POST", id, { type: "message", text: "survived" });
    await heard(page, "survived");
    assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll("#log a")].map((e) => [e.href, e.target, e.rel])), [
      ["https://example.com/", "_blank", "noopener noreferrer"],
    ]);
    const shown = await page.locator("#log").innerText();
    for (const type of ["Media", "constructor"]) assert.ok(shown.includes(`This page cannot show “${type}”.`), shown);
    assert.ok(!shown.includes("[object"), shown);
    assert.equal(await page.locator("#log :is(img, script)").count(), 0);
  });
});

describe("what is understood", () => {
  test("Markdown", async (t) => {
    const page = await open(t);
    const id = await conversationOf(page);
    await connector("POST", id, {
      type: "message",
      text: "# Head\n**bold** and *it* and `code` and snake_case_name, https://example.com/a_b.\n\n- one\n- two\n  1. nested\n\n```go\nfmt.Println(\"<hi>\")\n```\n[link](https://example.com/?a=1)",
    });
    const bubble = agent(page).last();
    await bubble.locator("pre code").waitFor();
    const seen = await bubble.evaluate((el) => [...el.querySelectorAll("*")].map((e) => `${e.localName}:${e.children.length ? "" : e.textContent}`));
    assert.deepEqual(seen, [
      "p:Head", "p:", "strong:bold", "em:it", "code:code", "a:https://example.com/a_b",
      "ul:", "li:one", "li:", "ol:", "li:nested", "pre:", "code:fmt.Println(\"<hi>\")", "p:", "a:link",
    ]);
    await connector("POST", id, { type: "message", text: "**not bold**", textFormat: "plain" });
    await heard(page, "**not bold**");
  });

  test("every input of a card", async (t) => {
    const page = await open(t);
    const id = await conversationOf(page);
    await connector("POST", id, {
      type: "message",
      attachments: [{
        contentType: "application/vnd.microsoft.card.adaptive",
        content: {
          type: "AdaptiveCard",
          body: [
            { type: "Input.Text", id: "name", label: "Name", isRequired: true, errorMessage: "We need a name." },
            { type: "Input.Number", id: "age", label: "Age" },
            { type: "Input.Toggle", id: "ok", title: "I agree", valueOn: "yes", valueOff: "no" },
            { type: "Input.ChoiceSet", id: "size", label: "Size", choices: [{ title: "S", value: "s" }, { title: "M", value: "m" }] },
            { type: "Input.ChoiceSet", id: "extras", label: "Extras", isMultiSelect: true, choices: [{ title: "Milk", value: "milk" }, { title: "Ice", value: "ice" }] },
          ],
          actions: [{ type: "Action.Submit", title: "Order", data: { order: 7, size: "none" } }],
        },
      }],
    });
    await page.getByRole("button", { name: "Order" }).click();
    await page.getByText("We need a name.").waitFor();
    await page.getByLabel("Name").fill("Ada");
    await page.getByLabel("Age", { exact: true }).fill("36");
    await page.getByLabel("I agree").check();
    await page.getByLabel("Size").selectOption("m");
    await page.getByLabel("Milk").check();
    await page.getByLabel("Ice").check();
    await page.getByRole("button", { name: "Order" }).click();
    const answer = agent(page).filter({ hasText: "Value: " });
    await answer.waitFor();
    assert.deepEqual(JSON.parse((await answer.innerText()).slice("Value: ".length)), { order: 7, size: "m", name: "Ada", age: 36, ok: "yes", extras: "milk,ice" });
  });
});

describe("pictures for people to look at", () => {
  const sizes = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 }, small: { width: 360, height: 640 } };
  for (const [name, viewport] of Object.entries(sizes)) {
    for (const colorScheme of ["light", "dark"]) {
      test(`${name}, ${colorScheme}`, async (t) => {
        mkdirSync(out, { recursive: true });
        const shot = async (what) => (await page.waitForTimeout(300), page.screenshot({ path: join(out, `${name}-${colorScheme}-${what}.png`) }));
        const page = await open(t, { viewport, colorScheme });
        await heard(page, "Welcome Guest");
        await shot("1-empty");
        await page.getByRole("button", { name: "How it speaks first", exact: true }).click();
        await shot("2-how");
        await page.keyboard.press("Escape");
        const id = await conversationOf(page);
        await say(page, "hello");
        await heard(page, "Echo: hello");
        await say(page, "stream");
        await answered(page, "Streamed answer complete");
        await proactive({ conversationId: id, text: "Your report is ready: **37 pages**, [read it](https://example.com/report)" });
        await say(page, "crash");
        await page.getByText("The agent could not take this message.").waitFor();
        await connector("POST", id, { type: "typing" });
        await page.locator("#typing").waitFor();
        await shot("3-talk");
        await say(page, "card");
        await page.getByLabel("Note").fill("Looks good");
        await page.getByRole("button", { name: "Kit submit" }).click();
        await agent(page).filter({ hasText: "Value: " }).waitFor();
        await say(page, "suggest");
        await page.getByRole("button", { name: "Red" }).waitFor();
        await shot("4-card");
        await connector("POST", id, gallery);
        await page.getByText("Flight to Lisbon").waitFor();
        await shot("5-gallery");
        await connector("POST", id, form);
        await page.getByRole("button", { name: "Book" }).click();
        await page.getByRole("button", { name: "Comment" }).click();
        await page.getByText("We need a name.").waitFor();
        await shot("6-form");
        await connector("POST", id, cards);
        await page.getByText("Receipt 17").waitFor();
        await page.locator("#picker").setInputFiles([{ name: "report final.pdf", mimeType: "application/pdf", buffer: Buffer.alloc(34567) }]);
        await shot("7-cards");
        await page.locator("#fresh").click();
        await heard(page, "Welcome Guest");
        await connector("POST", id, { type: "message", text: "beside" });
        await page.waitForFunction(() => document.querySelector(".entry .badge"));
        if (viewport.width < 900) await page.getByRole("button", { name: /^Conversations/ }).click();
        await shot("8-beside");
        const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
        assert.equal(wide, false, "nothing sticks out at the side");
      });
    }
  }
});
