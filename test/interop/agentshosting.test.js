// An agent of the official JavaScript SDK behind "outspoken play", heard
// through Microsoft's Direct Line client.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { join } from "node:path";
import { after, before, describe } from "node:test";
import { answers } from "../process.js";
import { connect } from "./client.js";
import { visit } from "./dom.js";
import { freeAddress, here, node, outspoken, test } from "./programs.js";

async function startBot(env = {}) {
  const address = await freeAddress();
  const url = `http://${address}`;
  return node(url, join(here, "bot.js"), [], { env: { ADDRESS: address, DEBUG: "agents:*:error", ...env }, ready: () => answers(`${url}/up`) });
}

const endpoint = (bot) => `${bot.url}/api/messages`;

const json = (url, body, headers = {}) =>
  fetch(url, { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) });

// understand are the tests of any way to put channel and bot together.
function understand(together) {
  function open(t) {
    visit("http://localhost/");
    return connect(t, together().channel.url);
  }

  test("welcome and echo", async (t) => {
    const client = open(t);
    const id = await client.say("hello");
    assert.equal((await client.hears("Echo: hello")).replyToId, id);
    assert.deepEqual(client.texts(), ["Welcome Ann", "Echo: hello"]);
  });

  test("it speaks first by continueConversation", async (t) => {
    const client = open(t);
    await client.say("hello");
    await client.hears("Echo: hello");
    const response = await json(`${together().bot.url}/proactive`, { conversationId: client.line.conversationId, text: "By myself" });
    assert.equal(response.status, 200);
    await client.hears("By myself");
  });

  test("update and delete in place", async (t) => {
    const client = open(t);
    await client.say("update");
    await client.hears("Updated");
    await client.say("delete");
    await client.hears("Deleted");
    const before = client.heard.find((a) => a.text === "Before update");
    assert.deepEqual(client.heard.filter((a) => a.id === before.id).map((a) => a.text), ["Before update", "After update"]);
    const gone = client.heard.find((a) => a.text === "To be deleted");
    assert.deepEqual(client.heard.filter((a) => a.id === gone.id).map((a) => a.type), ["message", "messageDelete"]);
  });

  test("typing", async (t) => {
    const client = open(t);
    await client.say("typing");
    await client.hears("Done typing");
    await client.meets((a) => a.type === "typing" && a.from.role === "bot");
  });

  test("a stream: its pieces and its end are of one", async (t) => {
    const client = open(t);
    await client.say("stream");
    const end = await client.meets((a) => a.type === "message" && a.text === "Streamed answer complete");
    const pieces = client.heard.filter((a) => a.type === "typing" && a.channelData?.streamType);
    assert.ok(pieces.length > 1);
    assert.deepEqual(pieces.slice(1).map((a) => a.channelData.streamId), pieces.slice(1).map(() => pieces[0].id));
    assert.deepEqual([end.channelData.streamType, end.channelData.streamId], ["final", pieces[0].id]);
  });

  test("cards and suggested actions", async (t) => {
    const client = open(t);
    await client.say("card");
    const card = await client.meets((a) => a.attachments?.[0]?.contentType === "application/vnd.microsoft.card.adaptive");
    await client.say("", { value: card.attachments[0].content.actions[0].data });
    await client.hears('Value: {"went":true}');
    await client.say("suggest");
    const { suggestedActions } = await client.hears("Pick a colour");
    assert.deepEqual(suggestedActions.actions.map((a) => a.title), ["Red", "Blue"]);
  });

  test("files in both directions", async (t) => {
    const client = open(t);
    await client.say("a file", { attachments: [{ name: "note.txt", contentType: "text/plain", contentUrl: "data:text/plain,what%20is%20in%20it" }] });
    await client.hears("Received note.txt text/plain what is in it");
    await client.say("upload");
    await client.hears("Uploaded of the agent.txt text/plain original");
    await client.hears("Read from the agent");
  });

  test("it stayed on this machine", () => assert.doesNotMatch(together().bot.log(), /LEAVES THE MACHINE/));
}

describe("an agent of the JavaScript SDK, anonymous", () => {
  let bot, channel;
  before(async () => {
    bot = await startBot();
    channel = await outspoken("play", "--agent", endpoint(bot));
  });
  understand(() => ({ bot, channel }));
});

describe("an agent of the JavaScript SDK that wants tokens and shows them", () => {
  const clientId = "99999999-8888-7777-6666-555555555555";
  const tenant = "11111111-2222-3333-4444-555555555555";
  const secret = "the-secret-of-the-agent";
  let bot, channel, sidecar;

  before(async () => {
    const address = await freeAddress(); // of the channel, which the bot has to know before it starts
    sidecar = await startSidecar(`http://${address}`);
    bot = await startBot({
      Connections__serviceConnection__Settings__clientId: clientId,
      Connections__serviceConnection__Settings__tenantId: tenant,
      Connections__serviceConnection__Settings__authorityEndpoint: `http://${address}`,
      Connections__serviceConnection__Settings__validateIssuer: "true",
      Connections__serviceConnection__Settings__authType: "EntraAuthSideCar",
      SIDECAR_URL: sidecar.url,
      ConnectionsMap__0__serviceUrl: "*",
      ConnectionsMap__0__connection: "serviceConnection",
      TOKEN_SERVICE_ENDPOINT: `http://${address}`,
    });
    channel = await outspoken.at(address, "play", "--agent", endpoint(bot),
      "--client-id", clientId, "--client-secret", secret, "--tenant-id", tenant);
  });
  after(() => sidecar.close());

  // The SDK's own client secret flow accepts https from Microsoft's hosts only;
  // its way to get tokens from elsewhere is a sidecar, as in a cluster.
  async function startSidecar(authority) {
    const server = createServer(async (request, response) => {
      const answer = await token(authority, secret);
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify({ authorizationHeader: `Bearer ${answer.access_token}` }));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
  }

  async function token(authority, client_secret) {
    const form = { grant_type: "client_credentials", client_id: clientId, client_secret, scope: "https://api.botframework.com/.default" };
    const response = await fetch(`${authority}/${tenant}/oauth2/v2.0/token`, { method: "POST", body: new URLSearchParams(form) });
    return { status: response.status, ...(await response.json()) };
  }

  understand(() => ({ bot, channel }));

  test("whoever has no token, or one that is not for the agent, is refused by the agent", async () => {
    const activity = {
      type: "message", text: "hi", channelId: "directline", id: "1", serviceUrl: `${channel.url}/connector/`,
      conversation: { id: "c" }, from: { id: "x" }, recipient: { id: "agent" },
    };
    assert.equal((await json(endpoint(bot), activity)).status, 401);
    const { access_token } = await token(channel.url, secret); // the agent's own, for the channel
    assert.equal((await json(endpoint(bot), activity, { Authorization: `Bearer ${access_token}` })).status, 401);
  });

  test("whoever has no token, or a wrong secret, is refused by the channel", async (t) => {
    const client = connect(t, channel.url);
    await client.say("hello");
    const url = `${channel.url}/connector/v3/conversations/${client.line.conversationId}/activities`;
    assert.equal((await json(url, { type: "message", text: "not from the agent" })).status, 401);
    assert.ok((await token(channel.url, "wrong")).status >= 400);
    const { access_token } = await token(channel.url, secret);
    const forged = `${access_token.slice(0, access_token.lastIndexOf("."))}.${"A".repeat(342)}`;
    assert.ok([401, 403].includes((await json(url, { type: "message", text: "not from the agent" }, { Authorization: `Bearer ${forged}` })).status));
    assert.equal((await json(url, { type: "message", text: "from the agent" }, { Authorization: `Bearer ${access_token}` })).status, 200);
    await client.hears("from the agent");
    assert.ok(!client.texts().includes("not from the agent"));
  });

  test("a channel with another key: the agent refuses it, and the client is told", async (t) => {
    const other = await outspoken("play", "--agent", endpoint(bot), "--client-id", clientId, "--client-secret", secret, "--tenant-id", tenant);
    const { conversationId } = await (await json(`${other.url}/v3/directline/conversations`, {})).json();
    const response = await json(`${other.url}/v3/directline/conversations/${conversationId}/activities`, { type: "message", from: { id: "ann" }, text: "hi" });
    assert.equal(response.status, 502);
    assert.equal((await response.json()).error.code, "BotRejectedActivity");
    const { exchanges } = await (await fetch(`${other.url}/playground/api/exchanges`)).json();
    assert.ok(exchanges.some((x) => x.toAgent && x.status === 401), JSON.stringify(exchanges));
  });
});
