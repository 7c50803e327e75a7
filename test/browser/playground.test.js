// The playground as a developer meets it, in a real Chromium. See README.md.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { connected, heard, launch, out } from "./page.js";

const { demo, browser, open } = await launch();

const visit = (t, options) => open(t, { path: "/playground/", viewport: { width: 1440, height: 860 }, ...options });

async function api(method, path, body) {
  const response = await fetch(`${demo.url}/playground/api${path}`, {
    method,
    headers: body ? { "Content-Type": "application/json" } : {},
    body: body && JSON.stringify(body),
  });
  const answer = await response.json();
  assert.ok(response.ok || response.status === 502, `${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

let topics = 0;

// begin starts a conversation by the page's dialog, and returns its topic.
async function begin(page, { channel = "emulator", kind = "personal", users = "Anna" } = {}) {
  const topic = `Topic ${++topics}`;
  await page.getByRole("button", { name: "New…" }).click();
  const dialog = page.getByRole("dialog", { name: "New conversation" });
  await dialog.getByRole("combobox", { name: "Channel", exact: true }).selectOption(channel);
  await dialog.getByRole("combobox", { name: "Kind", exact: true }).selectOption(kind);
  await dialog.getByRole("textbox", { name: "Users" }).fill(users);
  await dialog.getByRole("textbox", { name: "Topic" }).fill(topic);
  await dialog.getByRole("button", { name: "Start" }).click();
  await page.getByRole("heading", { name: topic }).waitFor();
  await row(page, "conversationUpdate", users.split(",")[0]).or(row(page, "conversationUpdate", "Showcase")).first().waitFor();
  return topic;
}

const idOf = (page) => page.evaluate(() => new URLSearchParams(location.hash.slice(1)).get("conversation"));
const rows = (page) => page.getByRole("option", { includeHidden: false }).and(page.locator(".row"));
const row = (page, ...words) => words.reduce((r, hasText) => r.filter({ hasText }), rows(page));
const taken = (page, ...words) => row(page, ...words).and(page.locator(":not(.bad)")); // not refused
const detail = (page) => page.getByRole("complementary", { name: "Details" });
const trouble = (page, name) => page.getByRole("switch", { name });

async function say(page, words) {
  await page.getByLabel("Message", { exact: true }).fill(words);
  await page.keyboard.press("Enter");
}

// json is what is shown below a heading of the details.
const json = async (page, title) => JSON.parse(await detail(page).getByRole("region", { name: title }).locator("code").innerText());

// turn switches something on or off and waits until the server has it.
async function turn(page, name, on) {
  await trouble(page, name).click();
  await page.locator(`[role=switch][aria-checked=${on}]`, { hasText: name }).waitFor();
}

async function inject(page, button, edit) {
  await page.getByRole("button", { name: button, exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Send an activity" });
  const field = dialog.getByLabel("Activity", { exact: true });
  await field.waitFor();
  await edit?.(dialog, field);
  await dialog.getByRole("button", { name: "Send" }).click();
  return dialog;
}

describe("the playground", () => {
  test("loads under its policy, small and without a single error", async (t) => {
    const context = await browser.newContext();
    t.after(() => context.close());
    const page = await context.newPage();
    const problems = [];
    const sizes = [];
    page.on("console", (m) => ["error", "warning"].includes(m.type()) && problems.push(m.text()));
    page.on("pageerror", (err) => problems.push(err.message));
    page.on("response", (r) => r.status() >= 400 && problems.push(`${r.url()} ${r.status()}`));
    page.on("requestfinished", (r) => sizes.push(r.sizes().then((s) => s.responseBodySize + s.responseHeadersSize, () => 0)));
    const response = await page.goto(`${demo.url}/playground/`);
    assert.match(response.headers()["content-security-policy"], /default-src 'none'.*script-src 'self'.*style-src 'self'/);
    await connected(page);
    await page.getByText("Agent http").waitFor();
    const total = (await Promise.all(sizes)).reduce((a, b) => a + b, 0);
    t.diagnostic(`${sizes.length} requests, ${total} bytes with headers`);
    assert.ok(total < 150 * 1024, `${total} bytes`);
    assert.deepEqual(problems, []);
  });

  test("shows both directions, with JSON and how the exchange went", async (t) => {
    const page = await visit(t);
    await begin(page);
    await say(page, "hello");
    await row(page, "from the agent", "Echo: hello", "200").click();
    assert.equal((await json(page, "Activity")).text, "Echo: hello");
    assert.ok((await json(page, "The channel's answer")).id);
    await detail(page).getByText("agent → channel").waitFor();
    await row(page, "to the agent", "Anna: hello", "200").click();
    const sent = await json(page, "Activity");
    assert.equal(sent.from.name, "Anna");
    assert.equal(sent.channelId, "emulator");
    assert.ok(sent.recipient.id && sent.serviceUrl);
    const shown = (await rows(page).allInnerTexts()).join("\n");
    assert.ok(shown.indexOf("Anna: hello") < shown.indexOf("Echo: hello"), "the question stands before its answer");
  });

  test("what is said in the chat comes in by itself, and can be found and filtered", async (t) => {
    const page = await visit(t);
    await begin(page);
    const other = await api("POST", "/conversations", { members: [{ id: "guest", name: "Guest" }], topic: "Elsewhere" });
    await api("POST", `/conversations/${other.id}/activities`, { type: "message", text: "from elsewhere" });
    await page.getByRole("button", { name: /Elsewhere/ }).waitFor();
    assert.equal(await row(page, "from elsewhere").count(), 0, "only the selected conversation shows");
    await page.getByRole("button", { name: "All of them" }).click();
    await row(page, "Echo: from elsewhere").locator(".where", { hasText: "Elsewhere" }).waitFor();
    await page.getByLabel("Find in the list").fill("elsewhere echo");
    await page.waitForFunction(() => document.querySelectorAll(".row").length === 1);
    await page.getByLabel("Find in the list").fill("");
    await api("POST", `/conversations/${other.id}/activities`, { type: "message", text: "crash" });
    await row(page, "Guest: crash", "500").waitFor();
    await page.getByLabel("Problems only").check();
    await page.waitForFunction(() => document.querySelectorAll(".row").length > 0 && !document.querySelector(".row:not(.bad):not(:has(.mark))"));
    await page.getByLabel("Problems only").uncheck();
    await page.getByRole("button", { name: "Clear" }).click();
    await page.getByText("Nothing here matches.").waitFor();
  });

  test("an event and an invoke are written as JSON, and mistakes are told", async (t) => {
    const page = await visit(t);
    await begin(page, { channel: "msteams" });
    let dialog = await inject(page, "Event…", async (dialog, field) => {
      await field.fill("{ no JSON");
      await dialog.getByRole("button", { name: "Send" }).click();
      await dialog.getByText("This is not JSON").waitFor();
      await field.fill(JSON.stringify({ type: "event", name: "from.the.test", value: { n: 1 } }));
    });
    await dialog.getByText("The agent answered 200.").waitFor();
    await page.keyboard.press("Escape");
    await row(page, "to the agent", "from.the.test").click();
    const event = await json(page, "Activity");
    assert.deepEqual(event.value, { n: 1 });
    assert.ok(event.channelData.tenant.id, "as Teams says it");

    dialog = await inject(page, "Invoke…", (dialog) => dialog.getByRole("combobox", { name: "Template", exact: true }).selectOption({ label: "task/fetch" }));
    await dialog.getByText("501").waitFor();
    await page.keyboard.press("Escape");
    await row(page, "task/fetch", "501").waitFor();

    for (const [button, type] of [["Conversation update…", "conversationUpdate"], ["Installation…", "installationUpdate"], ["Reaction…", "messageReaction"]]) {
      const before = await row(page, "to the agent", type).count();
      dialog = await inject(page, button);
      await dialog.getByText("The agent answered 200.").waitFor();
      await page.keyboard.press("Escape");
      await row(page, "to the agent", type).nth(before).waitFor();
    }
    await row(page, "from.the.test").click();
    await detail(page).getByRole("button", { name: "Send again…" }).click();
    dialog = page.getByRole("dialog", { name: "Send an activity" });
    const again = JSON.parse(await dialog.getByLabel("Activity", { exact: true }).inputValue());
    assert.deepEqual([again.name, again.id, again.serviceUrl], ["from.the.test", undefined, undefined]);
  });

  test("two users speak, and one of them comes and goes", async (t) => {
    const page = await visit(t);
    await begin(page, { kind: "groupChat" });
    await page.getByRole("button", { name: "Add a user…" }).click();
    const dialog = page.getByRole("dialog", { name: "Add a user" });
    await dialog.getByLabel("Name").fill("Ben");
    await dialog.getByRole("button", { name: "Add" }).click();
    await row(page, "from the agent", "Welcome Ben").waitFor();
    await page.getByRole("combobox", { name: "Speak as", exact: true }).selectOption("Ben");
    await say(page, "I am Ben");
    await row(page, "to the agent", "Ben: I am Ben").waitFor();
    await page.getByRole("combobox", { name: "Speak as", exact: true }).selectOption("Anna");
    await say(page, "and I am Anna");
    await row(page, "to the agent", "Anna: and I am Anna").waitFor();
    await row(page, "from the agent", "Echo: and I am Anna").waitFor();
    await page.getByRole("button", { name: "Remove Ben" }).click();
    await row(page, "to the agent", "conversationUpdate", "− Ben").waitFor();
    await page.getByRole("button", { name: "Remove Ben" }).waitFor({ state: "detached" });
    assert.equal(await page.getByRole("list", { name: "Users" }).getByRole("listitem").count(), 1);
  });

  test("warns of what the channel cannot show", async (t) => {
    const page = await visit(t);
    await begin(page, { channel: "msteams", kind: "groupChat", users: "Anna, Ben" });
    await say(page, "suggest");
    await row(page, "Pick a colour", "⚠ 1").click();
    await detail(page).getByText("msteams shows suggested actions in personal conversations only.").waitFor();
  });
});

describe("trouble", () => {
  test("throttling shows in the list, counts down, and ends", async (t) => {
    const page = await visit(t);
    await begin(page);
    await page.getByLabel("How many calls").fill("50");
    await turn(page, "Throttle", true);
    await page.getByText("50 left").waitFor();
    await say(page, "too fast");
    await row(page, "from the agent", "429").first().waitFor();
    await page.getByText(/^4\d left$/).waitFor();
    assert.equal(await taken(page, "Echo: too fast").count(), 0);
    await turn(page, "Throttle", false);
    await say(page, "slower");
    await row(page, "Echo: slower", "200").waitFor();
  });

  test("slow, failing and dropped calls", async (t) => {
    const page = await visit(t);
    const topic = await begin(page);
    await page.getByLabel("Delay, in milliseconds").fill("300");
    await turn(page, "Slow", true);
    await say(page, "patience");
    await row(page, "Echo: patience", /[3-9]\d\d ms|\d s/).waitFor();
    await turn(page, "Drop", true);
    assert.equal(await trouble(page, "Slow").getAttribute("aria-checked"), "true", "they go together");
    await say(page, "dropped");
    await row(page, "from the agent", "Echo: dropped", "no answer").first().waitFor();
    await turn(page, "Drop", false);
    await turn(page, "Slow", false);
    await page.getByRole("combobox", { name: "Status", exact: true }).selectOption("503");
    await page.getByLabel("For which conversations").selectOption("all");
    await turn(page, "Fail", true);
    await say(page, "out of order");
    await row(page, "from the agent", "503").first().waitFor();
    await turn(page, "Fail", false);
    await page.getByRole("heading", { name: topic }).waitFor();
  });

  test("blocked, uninstalled, and back", async (t) => {
    const page = await visit(t);
    await begin(page, { channel: "msteams" });
    await turn(page, "Blocked", true);
    await say(page, "are you there?");
    await row(page, "from the agent", "403").last().click();
    await detail(page).getByText(/MessageWritesBlocked/).first().waitFor();
    await turn(page, "Blocked", false);
    await turn(page, "Uninstalled", true);
    await row(page, "to the agent", "installationUpdate", "remove").waitFor();
    await say(page, "and now?");
    await row(page, "to the agent", "and now?", "500").waitFor();
    assert.equal(await taken(page, "Echo: and now?").count(), 0);
    await turn(page, "Uninstalled", false);
    await row(page, "to the agent", "installationUpdate", "add").nth(1).waitFor();
    await say(page, "welcome back");
    await row(page, "Echo: welcome back").waitFor();
    await begin(page, { channel: "webchat" });
    assert.ok(await trouble(page, "Uninstalled").isDisabled(), "Web Chat has no installation");
    assert.equal(await trouble(page, "Uninstalled").getAttribute("title"), "webchat has no installation");
    await page.getByLabel("For which conversations").selectOption("all");
    assert.match(await trouble(page, "Blocked").getAttribute("title"), /one conversation/);
  });

  test("the service URL moves, and the conversation goes on", async (t) => {
    const page = await visit(t);
    await begin(page);
    await say(page, "before");
    await row(page, "Anna: before").click();
    const before = (await json(page, "Activity")).serviceUrl;
    await page.getByRole("button", { name: "Move the service URL" }).click();
    await page.getByText(/^now http/).waitFor();
    await say(page, "after");
    await row(page, "Echo: after", "200").waitFor();
    await row(page, "Anna: after").click();
    assert.notEqual((await json(page, "Activity")).serviceUrl, before);
  });
});

describe("the playground and the rest", () => {
  test("exports what was said, both ways", async (t) => {
    const page = await visit(t, { acceptDownloads: true });
    await begin(page);
    await say(page, "hello");
    await row(page, "Echo: hello").waitFor();
    const save = async (name) => {
      const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name }).click()]);
      return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
    };
    const transcript = await save("Export .transcript");
    assert.match(transcript.name, /\.transcript$/);
    assert.deepEqual(JSON.parse(transcript.text).map((a) => a.text ?? a.type).slice(-2), ["hello", "Echo: hello"]);
    const golden = await save("Export .txtar");
    assert.match(golden.name, /\.txtar$/);
    assert.match(golden.text, /\n-- Topic \d+ --\n[^]*\nuser: hello\nbot: Echo: hello\n/);
  });

  test("opens the conversation in the chat", async (t) => {
    const page = await visit(t);
    await begin(page, { channel: "directline" });
    await say(page, "hello");
    await row(page, "Echo: hello").waitFor();
    await page.getByRole("link", { name: "Open in chat" }).click();
    await connected(page);
    await heard(page, "Echo: hello");
  });

  test("shows hostile text as text", async (t) => {
    const page = await visit(t);
    await begin(page);
    const words = `<img src=x onerror="document.title='caught'"><a href="javascript:alert(1)">x</a>`;
    await say(page, words);
    await row(page, "Anna: <img src=x").click();
    assert.equal((await json(page, "Activity")).text, words);
    assert.equal(await page.locator("main img, aside img, aside a").count(), 0);
    assert.equal(await page.title(), "Playground");
  });

  test("needs no mouse", async (t) => {
    const page = await visit(t);
    await begin(page);
    await say(page, "one");
    await row(page, "Echo: one").waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), "words", "one can go on writing");
    await page.getByRole("listbox").focus();
    await page.keyboard.press("End");
    assert.match(await page.evaluate(() => document.activeElement.textContent), /Echo: one/);
    await page.keyboard.press("ArrowUp");
    assert.match(await page.evaluate(() => document.activeElement.textContent), /Anna: one/);
    assert.equal((await json(page, "Activity")).text, "one");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Shift+Tab");
    assert.match(await page.evaluate(() => document.activeElement.textContent), /Anna: one/, "the list is one stop");
    await trouble(page, "Drop").focus();
    await page.keyboard.press("Space");
    await page.locator("[role=switch][aria-checked=true]", { hasText: "Drop" }).waitFor();
    await page.keyboard.press("Space");
    await page.locator("[role=switch][aria-checked=false]", { hasText: "Drop" }).waitFor();
    await page.getByRole("button", { name: "Invoke…" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Send an activity" }).waitFor();
    await page.keyboard.press("Escape");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Invoke…", "focus comes back");
    const tree = await page.locator("body").ariaSnapshot();
    for (const part of ['navigation "Conversations"', 'region "Trouble"', 'switch "Throttle"', 'listbox "Exchanges with the agent"', 'complementary "Details"', "status: Live"])
      assert.ok(tree.includes(part), `${part} in\n${tree}`);
  });

  test("says when the server is away, and comes back by itself", { skip: demo.ours ? false : "OUTSPOKEN_URL is not ours to kill" }, async (t) => {
    const page = await visit(t);
    const topic = await begin(page);
    await say(page, "before");
    await row(page, "Echo: before").waitFor();
    await demo.kill();
    await page.getByText("The server is away. Trying again…").waitFor();
    await say(page, "lost?");
    await page.getByText("The server cannot be reached.").waitFor();
    assert.equal(await page.getByLabel("Message", { exact: true }).inputValue(), "lost?", "what was not sent is not lost");
    await demo.start();
    await connected(page);
    await page.getByRole("heading", { name: topic }).waitFor();
    await page.getByLabel("Message", { exact: true }).press("Enter");
    await row(page, "Echo: lost?").waitFor();
    assert.equal(await row(page, "Echo: before").count(), 1, "what was seen stays");
  });

  test("a conversation without a topic is named by its first message", async (t) => {
    const page = await visit(t);
    const { id } = await api("POST", "/conversations", { members: [{ id: "guest", name: "Guest" }] });
    for (const text of ["what about\nlunch?", "and dinner?"]) await api("POST", `/conversations/${id}/activities`, { type: "message", text });
    const entry = page.getByRole("navigation", { name: "Conversations" }).getByRole("button", { name: "what about lunch?" });
    await entry.filter({ hasText: `Personal ${id.slice(0, 8)}` }).click();
    await page.getByRole("heading", { name: "what about lunch?" }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "what about lunch?" }).waitFor();
  });

  test("a conversation can be linked to", async (t) => {
    const page = await visit(t);
    const topic = await begin(page);
    const id = await idOf(page);
    const other = await visit(t, { path: `/playground/#conversation=${encodeURIComponent(id)}` });
    await other.getByRole("heading", { name: topic }).waitFor();
  });

  test("pictures for people to look at", async (t) => {
    mkdirSync(out, { recursive: true });
    const talk = await api("POST", "/conversations", {
      channelId: "msteams", kind: "groupChat", topic: "Release planning", members: [{ id: "29:anna", name: "Anna" }, { id: "29:ben", name: "Ben" }],
    });
    for (const text of ["hello", "suggest", "card", "update", "stream", "crash", "delete"])
      await api("POST", `/conversations/${encodeURIComponent(talk.id)}/activities`, { type: "message", text });
    for (const [size, width, height] of [["wide", 1440, 860], ["middle", 1024, 768], ["narrow", 390, 844]]) {
      for (const colorScheme of ["light", "dark"]) {
        const page = await visit(t, { viewport: { width, height }, colorScheme, path: `/playground/#conversation=${encodeURIComponent(talk.id)}` });
        await row(page, "Pick a colour").click();
        await detail(page).getByText("Warning.").waitFor();
        await page.screenshot({ path: join(out, `playground-${size}-${colorScheme}.png`), fullPage: width < 500 });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= width, `${wide} px wide in a window of ${width}`);
      }
    }
  });
});
