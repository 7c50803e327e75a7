// A channel of its own, outspoken play, in front of an agent that a test writes.
import { once } from "node:events";
import { createServer } from "node:http";
import { answers, freePort, launch } from "../process.js";

// behind starts an agent, whose answer(activity, response) may return a status
// or {status, body}, or answer by itself, and a channel in front of it.
export async function behind(demo, answer, { env, flags = [] } = {}) {
  const agent = createServer(async (request, response) => {
    let text = "";
    for await (const piece of request) text += piece;
    const result = text ? await answer(JSON.parse(text), response) : 200; // without a body, somebody asks whether it is there
    if (result === undefined) return;
    const { status = 200, body } = typeof result === "number" ? { status: result } : result;
    response.writeHead(status, { "Content-Type": "application/json" }).end(body && JSON.stringify(body));
  }).listen(0, "127.0.0.1");
  await once(agent, "listening");
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const address = `http://127.0.0.1:${agent.address().port}/api/messages`;
  let program;
  const start = async () => (program = await launch(demo.binary, ["play", "--agent", address, "--addr", `127.0.0.1:${port}`, ...flags], { env, ready: () => answers(`${url}/`) }));
  await start();
  return {
    url,
    start,
    kill: () => program.end("SIGKILL"),
    async end() {
      await program.end();
      agent.close();
      agent.closeAllConnections();
    },

    // call makes a request of the agent to the channel.
    async call(method, path, body) {
      const response = await fetch(new URL(path, url), { method, headers: body ? { "Content-Type": "application/json" } : {}, body: body && JSON.stringify(body) });
      return { ok: response.ok, body: await response.json().catch(() => ({})) };
    },

    // reply answers an activity with a message.
    reply(a, message) {
      return this.call("POST", `${a.serviceUrl}v3/conversations/${encodeURIComponent(a.conversation.id)}/activities`, { type: "message", replyToId: a.id, ...message });
    },
  };
}
