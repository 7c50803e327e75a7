// Our showcase behind Microsoft's Agents Playground, seen through its page.
import assert from "node:assert/strict";
import { describe } from "node:test";
import { join } from "node:path";
import { answers, freePort, until } from "../process.js";
import { open, texts } from "./browser.js";
import { pages } from "./pages.js";
import { agent, here, node, test } from "./programs.js";

// The Playground has one page for channels of web sites, which is Web Chat, and
// one that looks like Teams.
const web = pages["Web Chat"];
const teams = {
  agent: (page) => page.locator(".fai-OutputCard"),
  box: (page) => page.locator('[role="textbox"][contenteditable]'),
  transcript: (page) => page,
};
const channels = {
  webchat: { ...web, welcome: "Welcome Alex Wilber", elsewhere: true }, // what a card sends, it puts into a conversation that it does not show
  msteams: { ...teams, welcome: "Welcome user-id-0" }, // it names nobody in conversationUpdate
  emulator: { ...teams, welcome: "Welcome user-id-0" },
};

// Fonts and decoration, which it asks a content network for.
const decoration = /^https:\/\/res-1\.cdn\.office\.net\//;

async function start(channel) {
  const ours = await agent();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const script = join(here, "node_modules/@microsoft/m365agentsplayground/cli.js");
  await node(url, script, ["start", "-e", `${ours.url}/api/messages`, "-c", channel, "-p", String(port), "--disable-telemetry"], {
    ready: () => answers(url),
  });
  return { url, ours };
}

describe("the showcase behind the Agents Playground", () => {
  for (const [channel, kind] of Object.entries(channels)) {
    test(`as ${channel}`, async (t) => {
      const { url, ours } = await start(channel);
      const page = await open(t, url, { may: decoration });
      const said = () => texts(kind.agent(page));
      const hears = (text, within = 20_000) => until(async () => (await said()).some((s) => s === text || text.test?.(s)), within, `${text} in the page`)
        .catch(async (err) => { throw new Error(`${err.message}: ${JSON.stringify(await said())}`); });
      const say = async (text) => {
        await kind.box(page).click();
        await page.keyboard.type(text);
        await page.keyboard.press("Enter");
      };

      // streamed asks again when the page stays at the first piece: all have
      // come to it, but within milliseconds of one another.
      async function streamed(tries) {
        await say("stream");
        await hears("Streamed answer complete", 8_000).catch((err) => {
          if (tries === 1) throw err;
          t.diagnostic("the page missed the end of a stream");
          return streamed(tries - 1);
        });
      }

      await hears(kind.welcome);
      await say("hello");
      await hears("Echo: hello");

      await say("card");
      const transcript = kind.transcript(page);
      await transcript.getByText("Kit card title").waitFor();
      await transcript.getByLabel("Note").fill("from the test");
      await transcript.getByRole("button", { name: "Kit submit" }).click();
      if (!kind.elsewhere) await hears(/^Value: .*from the test/);

      await say("update");
      await hears(/^Updated /);
      await hears("After update");
      assert.ok(!(await said()).includes("Before update"));

      await streamed(3);

      await say("proactive");
      await hears(/^Proactive hello to /);
      const response = await fetch(`${ours.url}/api/proactive`, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ text: "Your report is ready" }),
      });
      assert.deepEqual(await response.json(), { sent: kind.elsewhere ? 2 : 1, failed: 0 });
      await hears("Your report is ready");
      assert.equal((await said()).filter((s) => s === "Echo: hello").length, 1);
      assert.equal((await said()).filter((s) => /^Streamed/.test(s)).length, 1);
    });
  }
});
