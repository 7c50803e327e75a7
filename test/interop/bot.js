// An agent of the official JavaScript SDK. POST /proactive {conversationId,
// text} makes it speak first. It listens on the address in ADDRESS.
import { setTimeout } from "node:timers/promises";
import express from "express";
import { ActivityTypes } from "@microsoft/agents-activity";
import { AgentApplication, CardFactory, MessageFactory, createCloudAdapter, getAuthConfigWithDefaults } from "@microsoft/agents-hosting";
import { createAgentRequestHandler } from "@microsoft/agents-hosting-express";

const config = getAuthConfigWithDefaults();
const bot = new AgentApplication();
const { adapter } = createCloudAdapter(bot, config);
const references = new Map();

const said = {
  async card(context) {
    const content = {
      type: "AdaptiveCard", version: "1.5",
      body: [{ type: "TextBlock", text: "A card of the SDK" }],
      actions: [{ type: "Action.Submit", title: "Go", data: { went: true } }],
    };
    await context.sendActivity(MessageFactory.attachment(CardFactory.adaptiveCard(content)));
  },
  suggest: (context) => context.sendActivity(MessageFactory.suggestedActions(["Red", "Blue"], "Pick a colour")),
  async typing(context) {
    await context.sendActivity({ type: ActivityTypes.Typing });
    await context.sendActivity("Done typing");
  },
  async update(context) {
    const { id } = await context.sendActivity("Before update");
    await context.updateActivity({ type: ActivityTypes.Message, id, text: "After update" });
    await context.sendActivity("Updated");
  },
  async delete(context) {
    const { id } = await context.sendActivity("To be deleted");
    await context.deleteActivity(id);
    await context.sendActivity("Deleted");
  },
  async stream(context) {
    const stream = context.streamingResponse;
    stream.setDelayInMs(1);
    stream.queueInformativeUpdate("Thinking");
    for (const piece of ["Streamed ", "answer ", "complete"]) {
      stream.queueTextChunk(piece);
      await setTimeout(50); // as a model would: what comes faster, the SDK puts together
    }
    await stream.endStream();
  },
  async upload(context) {
    const { id } = await adapter.uploadAttachment(context, context.activity.conversation.id, {
      name: "of the agent.txt", type: "text/plain",
      originalBase64: Buffer.from("from the agent").toString("base64"), // bytes, as typed, the SDK would write as a JSON object
    });
    const info = await adapter.getAttachmentInfo(context, id);
    await context.sendActivity(`Uploaded ${info.name} ${info.type} ${info.views.map((v) => v.viewId)}`);
    const chunks = [];
    for await (const chunk of await adapter.getAttachment(context, id, "original")) chunks.push(chunk);
    await context.sendActivity(`Read ${Buffer.concat(chunks)}`);
  },
};

bot.onConversationUpdate("membersAdded", async (context) => {
  remember(context);
  for (const { id, name } of context.activity.membersAdded)
    if (id !== context.activity.recipient.id) await context.sendActivity(`Welcome ${name ?? id}`);
});

bot.onActivity(ActivityTypes.Message, async (context) => {
  remember(context);
  const { text, attachments = [], value } = context.activity;
  const files = attachments.filter((a) => a.contentUrl);
  if (files.length > 0) {
    const read = files.map(async (f) => `${f.name} ${f.contentType} ${await (await fetch(f.contentUrl)).text()}`);
    await context.sendActivity(`Received ${(await Promise.all(read)).join("; ")}`);
  } else if (!text && value) {
    await context.sendActivity(`Value: ${JSON.stringify(value)}`);
  } else if (Object.hasOwn(said, text)) {
    await said[text](context);
  } else {
    await context.sendActivity(`Echo: ${text}`);
  }
});

function remember(context) {
  references.set(context.activity.conversation.id, [context.identity, context.activity.getConversationReference()]);
}

const app = express();
app.use(express.json());
app.post("/api/messages", createAgentRequestHandler(bot, config));
app.get("/up", (req, res) => res.end());
app.post("/proactive", async (req, res) => {
  const [identity, reference] = references.get(req.body.conversationId);
  // A caller without an audience: a string here would ask for a token.
  await adapter.continueConversation(config.clientId ? identity : {}, reference, (context) => context.sendActivity(req.body.text));
  res.json({});
});
const [host, port] = process.env.ADDRESS.split(":");
app.listen(Number(port), host);
