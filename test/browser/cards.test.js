// Cards of the Bot Framework and Adaptive Cards, and what can be done with them.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { behind } from "./behind.js";
import { agent, answerInvokes, conversationOf, heard, launch, say, value } from "./page.js";

const { demo, open, connector, card } = await launch();
const CARD = "application/vnd.microsoft.card.";
const send = (id, ...attachments) => connector("POST", id, { type: "message", attachments });
const text = (words, more) => ({ type: "TextBlock", text: words, wrap: true, ...more });

describe("Adaptive Cards", () => {
  test("a table, rich text, dates and pictures are shown as what they are", async (t) => {
    const page = await open(t, { locale: "en-GB", timezoneId: "Europe/Lisbon" });
    const cell = (words) => ({ type: "TableCell", items: [text(words)] });
    await card(await conversationOf(page), {
      body: [
        text("On {{DATE(2026-03-01T09:30:00Z, LONG)}} at {{TIME(2026-03-01T09:30:00Z)}}; {{DATE(soon)}} stays"),
        { type: "RichTextBlock", inlines: ["plain ", { type: "TextRun", text: "struck", strikethrough: true }, { type: "TextRun", text: " marked", highlight: true, weight: "Bolder" }] },
        { type: "Table", columns: [{ width: 2 }, { width: 1 }], rows: [
          { type: "TableRow", cells: [cell("City"), cell("Days")] },
          { type: "TableRow", style: "good", cells: [cell("Lisbon"), cell("4")] },
        ] },
        { type: "ImageSet", images: [{ type: "Image", url: "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=", altText: "a dot" }] },
        text("Heading", { style: "heading" }),
      ],
    });
    await page.getByText("On Sunday").waitFor();
    assert.match(await page.locator(".adaptive .text").first().innerText(), /^On Sunday.* 1 March 2026 at 09:30; \{\{DATE\(soon\)\}\} stays$/);
    assert.deepEqual(await page.getByRole("columnheader").allInnerTexts(), ["City", "Days"]);
    assert.deepEqual(await page.getByRole("cell").allInnerTexts(), ["Lisbon", "4"]);
    assert.equal(await page.locator(".strikethrough").innerText(), "struck");
    assert.equal(await page.getByRole("img", { name: "a dot" }).count(), 1);
    assert.equal(await page.getByRole("heading", { name: "Heading" }).count(), 1);
  });

  test("what is not known falls back", async (t) => {
    const page = await open(t);
    await card(await conversationOf(page), {
      body: [
        { type: "Chart.Donut", fallback: text("a fallback") },
        { type: "Chart.Bar", fallback: "drop" },
        { type: "Chart.Line", fallback: { type: "Chart.Other", fallback: text("the second fallback") } },
        { type: "Chart.Pie", fallbackText: "some words" },
        { type: "Chart.Area" },
      ],
      actions: [{ type: "Action.Fly", title: "Fly", fallback: { type: "Action.OpenUrl", title: "Walk", url: "https://example.com/" } }, { type: "Action.Swim", title: "Swim", fallback: "drop" }],
    });
    await page.getByRole("link", { name: "Walk" }).waitFor();
    const shown = await page.locator(".adaptive").innerText();
    for (const words of ["a fallback", "the second fallback", "some words", "This page cannot show “Chart.Area”."]) assert.ok(shown.includes(words), shown);
    for (const words of ["Chart.Bar", "Swim", "Fly"]) assert.ok(!shown.includes(words), shown);
  });

  test("a button shows a card within, and its inputs go together with those around", async (t) => {
    const page = await open(t);
    await card(await conversationOf(page), {
      body: [{ type: "Input.Text", id: "name", label: "Your name" }],
      actions: [
        { type: "Action.ShowCard", title: "Comment", card: { type: "AdaptiveCard", body: [{ type: "Input.Text", id: "comment", label: "Comment", isRequired: true, errorMessage: "Say something." }], actions: [{ type: "Action.Submit", title: "Send it", data: { kind: "comment" } }] } },
        { type: "Action.ShowCard", title: "Rate", card: { type: "AdaptiveCard", body: [{ type: "Input.Number", id: "stars", label: "Stars", min: 1, max: 5 }], actions: [{ type: "Action.Submit", title: "Rate it" }] } },
        { type: "Action.Submit", title: "Only this", data: { kind: "outer" } },
        { type: "Action.Submit", title: "Nothing", data: { kind: "none" }, associatedInputs: "none" },
      ],
    });
    const comment = page.getByRole("button", { name: "Comment" });
    await comment.click();
    assert.equal(await comment.getAttribute("aria-expanded"), "true");
    await page.getByRole("button", { name: "Rate", exact: true }).click();
    assert.equal(await comment.getAttribute("aria-expanded"), "false", "one at a time");
    await page.getByLabel("Stars").fill("9");
    await page.getByRole("button", { name: "Rate it" }).click();
    assert.equal(await page.getByLabel("Stars").getAttribute("aria-invalid"), "true");
    await comment.click();
    await page.getByLabel("Your name").fill("Ada");
    await page.getByRole("button", { name: "Send it" }).click();
    await page.getByText("Say something.").waitFor();
    assert.equal(await page.evaluate(() => document.getElementById(document.activeElement.getAttribute("aria-describedby")).textContent), "Say something.");
    await page.getByRole("textbox", { name: "Comment" }).fill("fine");
    await page.getByRole("button", { name: "Send it" }).click();
    assert.deepEqual(await value(page), { kind: "comment", name: "Ada", comment: "fine" });
    await page.getByRole("button", { name: "Only this" }).click();
    await agent(page).filter({ hasText: "outer" }).waitFor();
    assert.deepEqual(await value(page), { kind: "outer", name: "Ada" });
    await page.getByRole("button", { name: "Nothing" }).click();
    await agent(page).filter({ hasText: "none" }).waitFor();
    assert.deepEqual(await value(page), { kind: "none" });
  });

  test("parts are shown and hidden, and what is hidden is not asked for", async (t) => {
    const page = await open(t);
    await card(await conversationOf(page), {
      body: [
        text("Terms apply", { id: "terms", isVisible: false }),
        { type: "Container", id: "more", isVisible: false, items: [{ type: "Input.Text", id: "why", label: "Why", isRequired: true }] },
      ],
      actions: [
        { type: "Action.ToggleVisibility", title: "Toggle", targetElements: ["terms", { elementId: "more" }] },
        { type: "Action.ToggleVisibility", title: "Hide", targetElements: [{ elementId: "more", isVisible: false }] },
        { type: "Action.Submit", title: "Go", data: { go: true } },
      ],
    });
    const terms = page.getByText("Terms apply");
    await page.getByRole("button", { name: "Go" }).waitFor();
    assert.equal(await terms.isVisible(), false);
    await page.getByRole("button", { name: "Toggle" }).click();
    assert.equal(await terms.isVisible(), true);
    await page.getByRole("button", { name: "Go" }).click();
    assert.equal(await page.getByLabel("Why").getAttribute("aria-invalid"), "true");
    await page.getByRole("button", { name: "Hide" }).click();
    await page.getByRole("button", { name: "Go" }).click();
    assert.deepEqual(await value(page), { go: true, why: "" });
  });

  test("Execute asks the agent, whose card takes the place of the old one", async (t) => {
    const asked = [];
    const answers = [
      { statusCode: 200, type: "application/vnd.microsoft.activity.message", value: "Saved for later" },
      { statusCode: 400, type: "application/vnd.microsoft.error", value: { code: "BadRequest", message: "That date is taken" } },
      { statusCode: 200, type: "application/vnd.microsoft.card.adaptive", value: { type: "AdaptiveCard", body: [text("Booked by execute")], actions: [{ type: "Action.Execute", title: "Undo", verb: "undo" }] } },
    ];
    const page = await open(t, { before: (page) => answerInvokes(page, (a) => {
      asked.push(a);
      return answers.length ? { body: answers.shift() } : { status: 500 };
    }) });
    await card(await conversationOf(page), {
      body: [text("Book a room"), { type: "Input.Date", id: "day", label: "Day" }],
      actions: [{ type: "Action.Execute", id: "act", title: "Book", verb: "book", data: { room: 7 } }],
    });
    await page.getByLabel("Day").fill("2026-12-24");
    const book = page.getByRole("button", { name: "Book" });
    await book.click();
    await page.getByText("Saved for later").waitFor();
    await book.click();
    await page.getByRole("alert").filter({ hasText: "That date is taken" }).waitFor();
    await book.click();
    await page.getByText("Booked by execute").waitFor();
    assert.equal(await page.locator(".adaptive").count(), 1, "in place");
    assert.equal(await page.getByText("Book a room").count(), 0);
    assert.deepEqual([asked[0].name, asked[0].value], ["adaptiveCard/action", { action: { type: "Action.Execute", id: "act", verb: "book", data: { room: 7, day: "2026-12-24" } }, trigger: "manual" }]);
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByRole("alert").filter({ hasText: "The agent could not take this message." }).waitFor();
  });

  test("Execute goes to the agent and back through the channel", async (t) => {
    const booked = { statusCode: 200, type: "application/vnd.microsoft.card.adaptive", value: { type: "AdaptiveCard", body: [text("Booked for two")] } };
    const channel = await behind(demo, async (a) => {
      if (a.type === "invoke") return a.value.action.data.guests === 2 ? { body: booked } : 500;
      if (a.type === "message") await channel.reply(a, { attachments: [{ contentType: `${CARD}adaptive`, content: { type: "AdaptiveCard", body: [{ type: "Input.Number", id: "guests", label: "Guests" }], actions: [{ type: "Action.Execute", title: "Book", verb: "book" }] } }] });
      return 200;
    });
    t.after(() => channel.end());
    const page = await open(t, { at: channel.url });
    await say(page, "a table please");
    await page.getByLabel("Guests").fill("2");
    await page.getByRole("button", { name: "Book" }).click();
    await page.getByText("Booked for two").waitFor();
    assert.equal(await page.getByLabel("Guests").count(), 0);
  });

  test("an action can be on what is not a button, and needs no mouse", async (t) => {
    const page = await open(t);
    await card(await conversationOf(page), {
      body: [{ type: "Container", selectAction: { type: "Action.Submit", title: "Choose the first", data: { chosen: 1 } }, items: [text("The first")] }],
    });
    await page.getByRole("button", { name: "Choose the first" }).focus();
    await page.keyboard.press("Enter");
    assert.deepEqual(await value(page), { chosen: 1 });
  });
});

describe("cards of the Bot Framework", () => {
  test("a receipt", async (t) => {
    const page = await open(t);
    await send(await conversationOf(page), { contentType: `${CARD}receipt`, content: {
      title: "Receipt 17", facts: [{ key: "Paid with", value: "Card 4321" }],
      items: [{ title: "Coffee", subtitle: "large", price: "€ 3.20", quantity: "2" }, { title: "Cake", price: "€ 4.00" }],
      tax: "€ 1.10", total: "€ 10.40", buttons: [{ type: "imBack", title: "Ask about it", value: "about 17" }],
    } });
    const receipt = page.getByRole("group", { name: "Receipt 17" });
    await receipt.waitFor();
    assert.deepEqual(await receipt.getByRole("row").allInnerTexts().then((rows) => rows.map((r) => r.replace(/\s+/g, " ").trim())),
      ["Coffee × 2 large € 3.20", "Cake € 4.00", "Tax € 1.10", "Total € 10.40"]);
    await page.getByRole("button", { name: "Ask about it" }).click();
    await heard(page, "Echo: about 17");
  });

  test("sound and video can be played, and nothing is loaded before", async (t) => {
    const page = await open(t);
    const loaded = [];
    page.on("request", (r) => loaded.push(r.url()));
    await send(await conversationOf(page),
      { contentType: `${CARD}audio`, content: { title: "A song", media: [{ url: "https://example.com/song.mp3" }] } },
      { contentType: `${CARD}video`, content: { title: "A film", media: [{ url: "https://example.com/film.mp4" }, { url: "javascript:alert(1)" }] } },
      { contentType: "audio/ogg", contentUrl: "https://example.com/a.ogg", name: "a.ogg" });
    await page.locator("video").waitFor();
    assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll("audio, video")].map((e) => `${e.localName} ${e.src} ${e.controls}`)),
      ["audio https://example.com/song.mp3 true", "video https://example.com/film.mp4 true", "audio https://example.com/a.ogg true"]);
    assert.deepEqual(loaded.filter((u) => u.startsWith("https:")), []);
  });

  test("a carousel is side by side", async (t) => {
    const page = await open(t);
    const hero = (title) => ({ contentType: `${CARD}hero`, content: { title, buttons: [{ type: "postBack", title: `Pick ${title}`, value: { pick: title } }] } });
    await connector("POST", await conversationOf(page), { type: "message", attachmentLayout: "carousel", attachments: [hero("A"), hero("B"), hero("C")] });
    await page.getByRole("button", { name: "Pick B" }).waitFor();
    const [a, b] = await Promise.all(["A", "B"].map((n) => page.getByRole("group", { name: n, exact: true }).boundingBox()));
    assert.equal(a.y, b.y);
    assert.ok(b.x > a.x);
    await page.getByRole("button", { name: "Pick B" }).click();
    assert.deepEqual(await value(page), { pick: "B" });
  });
});

describe("signing in", () => {
  const oauth = (more) => ({ contentType: `${CARD}oauth`, content: {
    text: "Sign in to see your orders", connectionName: "shop",
    buttons: [{ type: "signin", title: "Sign in here", value: "https://login.example/start" }], ...more,
  } });
  const exchangeable = { tokenExchangeResource: { id: "res-1", uri: "api://shop" } };

  test("opens the sign-in page in a new window that cannot reach back", async (t) => {
    const page = await open(t);
    const id = await conversationOf(page);
    await send(id, oauth(), { contentType: `${CARD}signin`, content: { text: "Old way", buttons: [{ type: "signin", title: "Old button", value: "https://login.example/old" }] } });
    const link = page.getByRole("link", { name: "Sign in here" });
    await link.waitFor();
    assert.deepEqual(await link.evaluate((a) => [a.href, a.target, a.rel]), ["https://login.example/start", "_blank", "noopener noreferrer"]);
    assert.equal(await page.getByRole("link", { name: "Old button" }).count(), 1);
  });

  test("a token in exchange needs no click", async (t) => {
    const asked = [];
    const page = await open(t, { before: async (page) => {
      await page.route("**/api/botsignin/ssotoken", (route) => (asked.push(route.request().postDataJSON()), route.fulfill({ json: { token: "secret-token" } })));
      await answerInvokes(page, (a) => (asked.push({ name: a.name, value: a.value }), { body: {} }));
    } });
    await send(await conversationOf(page), oauth(exchangeable));
    await page.getByText("Signed in").waitFor();
    assert.equal(await page.getByRole("link", { name: "Sign in here" }).count(), 0);
    assert.equal(asked[0].user, "Guest");
    assert.deepEqual([asked[0].uri, ...asked.slice(1)], ["api://shop", { name: "signin/tokenExchange", value: { id: "res-1", connectionName: "shop", token: "secret-token" } }]);
    await page.reload();
    await page.getByText("Signed in").waitFor();
    assert.equal(asked.length, 2, "not asked again");
  });

  for (const [name, sso, invoke] of [["there is no token", 404, 200], ["the agent does not take it", 200, 412]]) {
    test(`when ${name}, there is the button`, async (t) => {
      const page = await open(t, { before: async (page) => {
        await page.route("**/api/botsignin/ssotoken", (route) => route.fulfill({ status: sso, json: sso === 200 ? { token: "t" } : { error: {} } }));
        await answerInvokes(page, () => ({ status: invoke }));
      } });
      await say(page, "hello");
      await send(await conversationOf(page), oauth(exchangeable));
      await page.getByRole("link", { name: "Sign in here" }).waitFor();
      assert.equal(await page.getByText("Signed in").count(), 0);
    });
  }
});
