// Programs that a test starts: on free ports, with their log kept for when
// something fails, and ended by their own id.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";

export const repository = join(import.meta.dirname, "..");

const children = new Set();
process.once("exit", () => children.forEach((child) => child.kill("SIGKILL")));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

// build compiles a command of this repository to the file binary.
export function build(command, binary, ...flags) {
  const done = spawnSync("go", ["build", ...flags, "-o", binary, command], { cwd: repository, encoding: "utf8" });
  if (done.status !== 0) throw new Error(`go build ${command}: ${done.error ?? done.stderr}`);
}

// launch starts a program and waits until ready, a function, says so. A
// program that ends before, or is not ready in time, is an error with its log.
export async function launch(file, args, { env = {}, cwd, ready, within = 30_000 }) {
  const { OUTSPOKEN_BIN: _, ...inherited } = process.env; // a setting of the tests, not of what they start
  const child = spawn(file, args, { cwd, env: { ...inherited, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  children.add(child);
  child.once("exit", () => children.delete(child));
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (d) => (log += d));
  child.on("error", (err) => (log += err.message));
  const ended = () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
  const program = {
    log: () => log,
    ended,
    async end(signal = "SIGTERM") {
      if (ended()) return;
      const exit = once(child, "exit");
      child.kill(signal);
      const late = setTimeout(() => child.kill("SIGKILL"), 15_000);
      await exit;
      clearTimeout(late);
    },
  };
  try {
    await until(() => ended() || ready(program), within, `${file} ${args.join(" ")} is not ready`);
    if (ended()) throw new Error(`${file} ended with ${child.exitCode ?? child.signalCode}`);
  } catch (err) {
    await program.end("SIGKILL");
    throw new Error(`${err.message}:\n${log}`);
  }
  return program;
}

// until waits for a condition and returns what it gave.
export async function until(condition, within = 10_000, what = String(condition)) {
  for (const end = Date.now() + within; ; ) {
    const result = await condition();
    if (result) return result;
    if (Date.now() > end) throw new Error(`not within ${within} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

// answers reports whether something serves url with a good status.
export const answers = (url) => fetch(url).then((r) => r.ok, () => false);

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
