// One script for two pages, the real Web Chat and ours, in front of the same
// demo: see pages.js for what differs.
import assert from "node:assert/strict";
import { before, describe } from "node:test";
import { open, texts } from "./browser.js";
import { pages } from "./pages.js";
import { agent, outspoken, test } from "./programs.js";
import { until } from "../process.js";

let demo;
let guarded;
before(async () => {
  demo = await outspoken("demo");
  guarded = await outspoken("play", "--agent", `${(await agent()).url}/api/messages`, "--secret", "the-secret-of-this-test");
});

// connector does what an agent does to a conversation, and returns an id.
async function connector(method, conversation, activity, id = "") {
  const path = `/connector/v3/conversations/${encodeURIComponent(conversation)}/activities${id && `/${encodeURIComponent(id)}`}`;
  const response = await fetch(demo.url + path, {
    method, headers: { "Content-Type": "application/json" }, body: activity && JSON.stringify(activity),
  });
  assert.ok(response.ok, `${method} ${path}: ${response.status}`);
  return method === "DELETE" ? "" : (await response.json()).id;
}

async function speakFirst(conversationId, text) {
  const response = await fetch(`${demo.url}/api/proactive`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ conversationId, text }),
  });
  assert.deepEqual(await response.json(), { sent: 1, failed: 0 });
}

// hurry is for Web Chat: before it connects again it waits 3 seconds, and up to
// 12 more at random.
function hurry() {
  const { random } = Math;
  Math.random = () => random() / 100;
}

for (const [name, kind] of Object.entries(pages)) {
  describe(name, () => {
    // visit opens the page as a new user, past the greeting.
    async function visit(t, { url = demo.url, ...options } = {}) {
      const page = await open(t, url + kind.path, options);
      await kind.connected(page);
      const chat = {
        page,
        said: () => texts(kind.agent(page)),
        own: () => texts(kind.own(page)),
        async say(text) {
          await kind.box(page).fill(text);
          await page.keyboard.press("Enter");
        },
        hears: (text, within = 15_000) => until(async () => (await chat.said()).some((s) => s === text || text.test?.(s)), within, `${text} in the page`)
          .catch(async (err) => { throw new Error(`${err.message}: ${JSON.stringify(await chat.said())}`); }),
        conversation: () => kind.conversation(page),
      };
      await chat.hears("Welcome Guest");
      return chat;
    }

    test("chat: what is said and answered stands there once", async (t) => {
      const chat = await visit(t);
      await chat.say("hello");
      await chat.hears("Echo: hello");
      await chat.say("multi");
      await chat.hears("Part three");
      assert.deepEqual(await chat.own(), ["hello", "multi"]);
      assert.deepEqual(await chat.said(), ["Welcome Guest", "Echo: hello", "Part one", "Part two", "Part three"]);
    });

    test("a channel with a secret: the page of its own machine needs none", async (t) => {
      const chat = await visit(t, { url: guarded.url });
      await chat.say("hello");
      await chat.hears("Echo: hello");
    });

    test("a card is filled in and its value comes back", async (t) => {
      const chat = await visit(t);
      await chat.say("card");
      const transcript = kind.transcript(chat.page);
      await transcript.getByText("Kit card title").waitFor();
      await transcript.getByLabel("Note").fill("from the test");
      await transcript.getByRole("button", { name: "Kit submit" }).click();
      await chat.hears(/^Value: /);
      const value = (await chat.said()).at(-1).slice("Value: ".length).replace(/[“”]/g, '"'); // Web Chat sets type
      assert.deepEqual(JSON.parse(value), { kit: "submit", note: "from the test" });
    });

    test("a suggested action is said, and the buttons go", async (t) => {
      const chat = await visit(t);
      await chat.say("suggest");
      const red = chat.page.getByRole("button", { name: "Red" }).first();
      await red.click();
      await chat.hears("Echo: Red");
      assert.deepEqual(await chat.own(), ["suggest", "Red"]);
      await red.waitFor({ state: "hidden" });
    });

    test("a file is sent with words, and the agent gets it", async (t) => {
      const chat = await visit(t);
      await kind.picker(chat.page).setInputFiles({ name: "täglich.txt", mimeType: "text/plain", buffer: Buffer.from("content") });
      await chat.say("see this");
      await chat.hears("Received 1 attachment(s): täglich.txt text/plain 7 ed7002b439e9 with text see this");
    });

    test("typing shows, and goes with the message", async (t) => {
      const chat = await visit(t);
      await connector("POST", await chat.conversation(), { type: "typing" });
      await kind.typing(chat.page).waitFor();
      await connector("POST", await chat.conversation(), { type: "message", text: "there" });
      await chat.hears("there");
      await kind.typing(chat.page).waitFor({ state: "hidden" });
    });

    test("an update replaces in place, a delete removes", async (t) => {
      const chat = await visit(t);
      const id = await chat.conversation();
      const first = await connector("POST", id, { type: "message", text: "one" });
      const second = await connector("POST", id, { type: "message", text: "two" });
      await connector("POST", id, { type: "message", text: "three" });
      await chat.hears("three");
      await connector("PUT", id, { type: "message", text: "one, corrected" }, first);
      await chat.hears("one, corrected");
      await connector("DELETE", id, undefined, second);
      await until(async () => (await chat.said()).length === 3, 10_000, "a bubble less");
      assert.deepEqual(await chat.said(), ["Welcome Guest", "one, corrected", "three"]);
      await chat.say("update"); // by the agent itself
      await chat.hears(/^Updated /);
      await chat.hears("After update");
      await chat.say("delete");
      await chat.hears(/^Deleted /);
      assert.deepEqual((await chat.said()).slice(3).map((s) => s.replace(/ \S*\|\S*$/, "")), ["After update", "Updated", "Deleted"]);
    });

    test("a streamed answer is one bubble that grows", async (t) => {
      const chat = await visit(t);
      const id = await chat.conversation();
      const piece = (streamSequence, text, streamId) => connector("POST", id, {
        type: "typing", text, entities: [{ type: "streaminfo", streamType: "streaming", streamSequence, streamId }],
      });
      const stream = await piece(1, "A long");
      await chat.hears("A long");
      await piece(2, "A long answer", stream);
      await chat.hears("A long answer");
      assert.equal((await chat.said()).length, 2);
      await connector("POST", id, {
        type: "message", text: "A long answer, complete", entities: [{ type: "streaminfo", streamType: "final", streamId: stream }],
      });
      await chat.hears("A long answer, complete");
      await chat.say("stream"); // by the agent itself
      await chat.hears("Streamed answer complete");
      assert.deepEqual(await chat.said(), ["Welcome Guest", "A long answer, complete", "Streamed answer complete"]);
    });

    test("the agent speaks first", async (t) => {
      const chat = await visit(t);
      await speakFirst(await chat.conversation(), "Your report is ready");
      await chat.hears("Your report is ready", 4_000); // Web Chat waits 5 s when a message answers one that is not there
      assert.deepEqual(await chat.said(), ["Welcome Guest", "Your report is ready"]);
    });

    test("a reload keeps the conversation", async (t) => {
      const chat = await visit(t);
      const id = await chat.conversation();
      await chat.say("before");
      await chat.hears("Echo: before");
      await chat.page.reload();
      await kind.connected(chat.page);
      await chat.hears("Echo: before");
      assert.equal(await chat.conversation(), id);
      await chat.say("after");
      await chat.hears("Echo: after");
      assert.deepEqual(await chat.own(), ["before", "after"]);
      assert.deepEqual(await chat.said(), ["Welcome Guest", "Echo: before", "Echo: after"]);
    });

    test("a server killed and started again: the page goes on where it was", async (t) => {
      const chat = await visit(t, { init: hurry });
      await chat.say("before");
      await chat.hears("Echo: before");
      const id = await chat.conversation();
      await demo.kill();
      await demo.start();
      await speakFirst(id, "While you were away");
      await chat.hears("While you were away");
      await chat.say("after");
      await chat.hears("Echo: after");
      assert.deepEqual(await chat.said(), ["Welcome Guest", "Echo: before", "While you were away", "Echo: after"]);
    });
  });
}
