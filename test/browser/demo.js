// The demo as a process of its own, which can be killed and started again on
// the same address and data.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answers, build, freePort, launch } from "../process.js";

// run returns a demo: the one at OUTSPOKEN_URL, or one that it builds (unless
// OUTSPOKEN_BIN names a binary) and starts.
export async function run() {
  if (process.env.OUTSPOKEN_URL) return { url: process.env.OUTSPOKEN_URL.replace(/\/$/, ""), binary: process.env.OUTSPOKEN_BIN, ours: false, stop() {} };
  const folder = mkdtempSync(join(tmpdir(), "outspoken-browser-"));
  const binary = process.env.OUTSPOKEN_BIN ?? join(folder, "outspoken");
  if (!process.env.OUTSPOKEN_BIN) build("./cmd/outspoken", binary);
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  let program;

  async function start() {
    program = await launch(binary, ["demo", "--addr", address, "--data", join(folder, "data")], { ready: () => answers(`${url}/readyz`) });
  }
  process.once("exit", () => program?.end("SIGKILL")); // also of a test file that breaks off
  await start();
  return {
    url,
    binary,
    ours: true,
    start,
    kill: () => program.end("SIGKILL"),
    async stop() {
      await program.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
