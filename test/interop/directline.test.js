// S4-01, S4-02: Microsoft's Direct Line client against our channel, as a page
// uses it.
import assert from "node:assert/strict";
import { before, describe } from "node:test";
import { Status, connect, hurry } from "./client.js";
import { visit } from "./dom.js";
import { agent, expiredToken, outspoken, test } from "./programs.js";

const secret = "the-secret-of-this-test";

// What differs between a channel for this machine and one with a secret.
const channels = {
  "the demo": { start: startDemo, origin: "http://localhost:8080", credential: {} },
  "play with a secret": { start: startPlay, origin: "https://shop.example", credential: { secret } },
};
const ways = { "a socket": { webSocket: true }, polling: { webSocket: false } };

async function startDemo() {
  const channel = await outspoken("demo");
  return { channel, mouth: channel };
}

async function startPlay() {
  const mouth = await agent();
  return { channel: await outspoken("play", "--agent", `${mouth.url}/api/messages`, "--secret", secret), mouth };
}

async function post(url, body, token) {
  const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: response.status, ...(await response.json()) };
}

for (const [where, { start, origin, credential }] of Object.entries(channels)) {
  describe(where, () => {
    let channel; // what clients talk to
    let mouth; // where the agent is told to speak first
    before(async () => ({ channel, mouth } = await start()));

    const speakFirst = async (conversationId, text) =>
      assert.equal((await post(`${mouth.url}/api/proactive`, { conversationId, text })).status, 200);

    const tokens = (what, body, token = credential.secret) => post(`${channel.url}/v3/directline/tokens/${what}`, body, token);

    // open connects from a page of an origin that may.
    function open(t, options) {
      visit(origin);
      return connect(t, channel.url, options);
    }

    for (const [how, way] of Object.entries(ways)) {
      describe(`S4-01 by ${how}`, () => {
        test("start, be greeted, say and hear", async (t) => {
          const client = open(t, { ...way, ...credential });
          const data = { clientActivityID: "7", nested: { kept: [1, null] } };
          const id = await client.say("hello", { channelData: data });
          const answer = await client.hears("Echo: hello");
          assert.deepEqual(client.texts(), ["Welcome Ann", "Echo: hello"]);
          assert.equal(answer.replyToId, id);
          const own = await client.meets((a) => a.from.id === "ann");
          assert.deepEqual([own.id, own.text, own.from.role, own.channelData], [id, "hello", "user", data]);
          assert.deepEqual(client.statuses, ["Uninitialized", "Connecting", "Online"]);
          assert.notEqual(await client.line.getSessionId().toPromise(), "");
        });

        test("who is known at the start is greeted before saying anything", async (t) => {
          const client = open(t, { ...way, ...credential, user: "eve" });
          await client.hears("Welcome eve");
          await client.say("hello", { from: { id: "eve" } });
          await client.hears("Echo: hello");
          assert.deepEqual(client.texts(), ["Welcome eve", "Echo: hello"]);
        });

        test("files arrive and can be read", async (t) => {
          const client = open(t, { ...way, ...credential });
          const content = Buffer.from("what is in it, äöü\0\r\n--");
          const file = { contentType: "text/plain", name: "note.txt", contentUrl: `data:text/plain;base64,${content.toString("base64")}` };
          const id = await client.say("two files", { attachments: [file, file] });
          const answer = await client.hears(/^Received 2 attachment/);
          assert.match(answer.text, /note\.txt text\/plain 26 .*note \(1\)\.txt text\/plain 26 .* with text two files$/);
          const own = await client.meets((a) => a.id === id);
          assert.deepEqual(own.attachments.map((a) => [a.name, a.contentType]), [["note.txt", "text/plain"], ["note (1).txt", "text/plain"]]);
          for (const { contentUrl } of own.attachments) {
            const response = await fetch(contentUrl, { headers: { Origin: origin } });
            assert.equal(response.status, 200, contentUrl);
            assert.match(response.headers.get("content-type"), /^text\/plain/);
            assert.ok(["*", origin].includes(response.headers.get("access-control-allow-origin")));
            assert.deepEqual(Buffer.from(await response.arrayBuffer()), content);
          }
        });

        test("what the agent ends is heard, and end is the client's own affair", async (t) => {
          const client = open(t, { ...way, ...credential });
          await client.say("bye");
          await client.meets((a) => a.type === "endOfConversation" && a.code === "completedSuccessfully");
          await client.say("still there?");
          await client.hears("Echo: still there?");
          client.line.end();
          await assert.rejects(client.say("hello?"), /conversation ended/);
          assert.equal(client.status(), "Ended");
        });

        test("an agent that fails is a message to try again", async (t) => {
          const client = open(t, { ...way, ...credential });
          assert.equal(await client.say("crash"), "retry");
          await client.say("hello");
          await client.hears("Echo: hello");
        });

        test("a channel killed and started again: nothing is lost and nothing doubled", async (t) => {
          let client = open(t, { ...way, ...credential });
          await client.say("before");
          await client.hears("Echo: before");
          const { conversationId, token, watermark } = client.line;
          const heard = client.heard;
          await channel.kill();
          if (how === "polling") client.line.end(); // it gives up at the first poll without an answer, as it would any page
          await channel.start();
          await speakFirst(conversationId, "While you were away");
          if (how === "polling") client = open(t, { ...way, ...(credential.secret ? credential : { token }), conversationId, watermark });
          await client.hears("While you were away");
          await client.say("after");
          await client.hears("Echo: after");
          if (how === "polling") heard.push(...client.heard);
          const all = open(t, { webSocket: false, ...(credential.secret ? credential : { token }), conversationId });
          await all.hears("Echo: after");
          assert.deepEqual(heard.map((a) => a.id), all.heard.map((a) => a.id));
          assert.equal(heard.length, 6, "a welcome, two messages with their answers, and one unasked");
        });

        test("S4-02 a token opens its conversation, is refreshed and expires", async (t) => {
          hurry(t);
          const { status, token, conversationId, expires_in } = await tokens("generate", { user: { id: "dl_ann", name: "Ann" } });
          assert.deepEqual([status, expires_in], [200, 1800]);
          const client = open(t, { ...way, token });
          await client.hears("Welcome Ann");
          assert.equal(client.line.conversationId, conversationId);
          await client.say("whoami", { from: { id: "somebody else" } });
          assert.match((await client.hears(/^You are /)).text, /"from":\{"id":"dl_ann","name":"Ann"/);

          await client.meets(() => client.line.token !== token); // its own loop did that
          await client.say("with the new one");
          await client.hears("Echo: with the new one");
          const fresh = client.line.token;
          client.line.token = expiredToken(channel, conversationId, credential.secret); // half an hour later
          const answer = await tokens("refresh", undefined, client.line.token);
          assert.deepEqual([answer.status, answer.error.code], [403, "TokenExpired"]);
          await client.reaches("ExpiredToken");
          client.line.connectionStatus$.subscribe(async (s) => {
            if (s !== Status.ExpiredToken) return;
            const url = `${channel.url}/v3/directline/conversations/${conversationId}`;
            const conversation = await fetch(url, { headers: { Authorization: `Bearer ${fresh}` } });
            client.line.reconnect(await conversation.json());
          });
          await client.reaches("Online");
          await client.say("renewed");
          await client.hears("Echo: renewed");
        });
      });
    }

    test("S4-02 a token opens no other conversation", async () => {
      const mine = await tokens("generate", {});
      const other = await tokens("generate", {});
      for (const { token } of [mine, other])
        assert.equal((await post(`${channel.url}/v3/directline/conversations`, {}, token)).status, 201);
      const url = `${channel.url}/v3/directline/conversations/${other.conversationId}`;
      for (const path of ["", "/activities"]) {
        const response = await fetch(url + path, { headers: { Authorization: `Bearer ${mine.token}` } });
        assert.equal(response.status, 403, path);
      }
      assert.equal((await post(`${url}/activities`, { type: "message", from: { id: "x" }, text: "hi" }, mine.token)).status, 403);
      assert.equal((await tokens("generate", {}, mine.token)).status, 403);
    });

    if (credential.secret)
      test("S4-02 a wrong secret opens nothing", async (t) => {
        const client = open(t, { secret: "wrong" });
        await client.reaches("FailedToConnect");
        assert.equal((await tokens("generate", {}, "wrong")).status, 403);
        assert.equal((await post(`${channel.url}/v3/directline/conversations`, {}, "wrong")).status, 403);
        assert.equal((await post(`${channel.url}/v3/directline/conversations`, {}, "")).status, 401);
      });
  });
}
