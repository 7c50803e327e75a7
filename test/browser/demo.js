// The demo as a process of its own, which can be killed and started again on
// the same address and data.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const repository = join(import.meta.dirname, "../..");

// run returns a demo: the one at OUTSPOKEN_URL, or one that it builds (unless
// OUTSPOKEN_BIN names a binary) and starts.
export async function run() {
  if (process.env.OUTSPOKEN_URL) return { url: process.env.OUTSPOKEN_URL.replace(/\/$/, ""), ours: false, stop() {} };
  const folder = mkdtempSync(join(tmpdir(), "outspoken-browser-"));
  const binary = process.env.OUTSPOKEN_BIN ?? join(folder, "outspoken");
  if (!process.env.OUTSPOKEN_BIN) {
    const build = spawnSync("go", ["build", "-o", binary, "./cmd/outspoken"], { cwd: repository, encoding: "utf8" });
    if (build.status !== 0) throw new Error(`go build: ${build.error ?? build.stderr}`);
  }
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  let child;
  let log = "";

  async function start() {
    child = spawn(binary, ["demo", "--addr", address, "--data", join(folder, "data")], { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (d) => (log += d));
    for (let i = 0; i < 200; i++) {
      if (child.exitCode !== null) break;
      const up = await fetch(`${url}/readyz`).then((r) => r.ok, () => false);
      if (up) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`the demo does not start:\n${log}`);
  }
  async function end(signal) {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }
  await start();
  return {
    url,
    ours: true,
    start,
    kill: () => end("SIGKILL"),
    async stop() {
      await end("SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
