// The agent speaks first: somebody in the chat, and a request from elsewhere.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { answers, build, freePort, launch as launchProgram } from "../process.js";
import { agent, conversationOf, heard, launch, say, texts } from "./page.js";

const { demo, open } = await launch();

// trigger asks what a webhook would.
async function trigger(at, path, body) {
  const response = await fetch(`${at}/proactive/${path}`, { method: "POST", ...(body && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }) });
  return { status: response.status, text: await response.text() };
}

describe("the demo", () => {
  test("says what a trigger sends, in the conversation that it names", async (t) => {
    const page = await open(t);
    const other = await open(t);
    await say(page, "hello");
    await heard(page, "Echo: hello");
    const id = encodeURIComponent(await conversationOf(page));

    const sent = await trigger(demo.url, `sendactivity/${id}`, { type: "message", text: "Your report is ready" });
    assert.equal(sent.status, 200, sent.text);
    assert.ok(JSON.parse(sent.text).id);
    await heard(page, "Your report is ready");

    assert.deepEqual(await trigger(demo.url, `continue/${id}?result=success&jobId=42`), { status: 200, text: "" });
    await heard(page, 'Continued {"jobId":"42","result":"success"}');
    assert.deepEqual(await trigger(demo.url, `continue/report/${id}?title=Q1`), { status: 200, text: "" });
    await heard(page, "Report ready: Q1");

    assert.equal((await trigger(demo.url, "continue/nobody")).status, 404);
    assert.deepEqual((await texts(agent(other))).filter((text) => !text.startsWith("Welcome")), [], "the other conversation heard of it");
  });
});

// The agent of examples/proactive, with a channel and a user-token service in
// front of it.
const folder = mkdtempSync(join(tmpdir(), "outspoken-proactive-"));
const [agentPort, channelPort] = [await freePort(), await freePort()];
const assistant = `http://127.0.0.1:${agentPort}`;
const chat = `http://127.0.0.1:${channelPort}`;
const programs = [];
after(async () => {
  for (const program of programs) await program.end();
  rmSync(folder, { recursive: true, force: true });
});
build("./examples/proactive", join(folder, "assistant"));
programs.push(
  await launchProgram(demo.binary, ["play", "--agent", assistant, "--addr", `127.0.0.1:${channelPort}`], { ready: () => answers(`${chat}/`) }),
  await launchProgram(join(folder, "assistant"), [], {
    cwd: folder,
    env: { OUTSPOKEN_ADDR: `127.0.0.1:${agentPort}`, TOKEN_SERVICE_ENDPOINT: chat },
    ready: () => answers(`${assistant}/readyz`),
  }),
);

describe("examples/proactive", () => {
  // S1-017
  test("subscribe in the chat, trigger from elsewhere", async (t) => {
    const page = await open(t, { at: chat });
    await say(page, "/subscribe");
    const id = await conversationOf(page);
    await heard(page, `You are subscribed. Conversation id: ${id}`);
    assert.equal((await trigger(assistant, `sendactivity/${encodeURIComponent(id)}`, { text: "We open at nine" })).status, 200);
    await heard(page, "We open at nine");
  });

  // S1-091
  test("a handler that needs the user's token runs once the user has signed in", async (t) => {
    const page = await open(t, { at: chat });
    await say(page, "hello");
    await heard(page, 'Write "/subscribe", "sign in", "analyse NAME" or "process".');
    const path = `continue/${encodeURIComponent(await conversationOf(page))}`;

    const refused = await trigger(assistant, path);
    assert.equal(refused.status, 400, refused.text);
    assert.equal(JSON.parse(refused.text).error.code, "-50047");

    await say(page, "sign in");
    const [popup] = await Promise.all([page.context().waitForEvent("page"), page.getByRole("link", { name: "Sign in" }).last().click()]);
    await popup.getByLabel("Your name").fill("Ada");
    await popup.getByRole("button", { name: "Sign in", exact: true }).click();
    await heard(page, "You are signed in. I may remind you now.");

    assert.deepEqual(await trigger(assistant, path), { status: 200, text: "" });
    await agent(page).filter({ hasText: /^Daily reminder, Ada\. You last visited on \d+ \w+\.$/ }).waitFor();
    assert.equal((await texts(agent(page))).filter((text) => text.startsWith("Daily reminder")).length, 1);
  });

  // S1-045
  test("a service elsewhere calls back with the result", async (t) => {
    const page = await open(t, { at: chat });
    await say(page, "analyse budget.pdf");
    await heard(page, "The analysis has started. I will tell you when it is done.");
    await heard(page, "The analysis is complete: budget.pdf has three pages");
  });
});
