// The programs of these tests: outspoken, our agent, a bot and a playground of
// others. What a test starts ends with it, and its log is shown if it fails.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, test as plainTest } from "node:test";
import "./loopback.cjs";
import { answers, build, freePort, launch } from "../process.js";

export const here = import.meta.dirname;
const made = new Map(); // binary by command
let folder;
const running = [];
let failed = false;

afterEach((t) => void (failed ||= !t.passed));
after(async () => {
  for (const program of running.reverse()) {
    await program.stop();
    if (failed || process.env.VERBOSE) console.error(`--- log of ${program.url}\n${program.log()}`);
  }
});

// test is node:test's with an end to everything.
export const test = (name, fn) => plainTest(name, { timeout: 60_000 }, fn);

// scratch is a folder of this test file, gone when it ends.
export function scratch() {
  if (!folder) {
    folder = mkdtempSync(join(tmpdir(), "outspoken-interop-"));
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  }
  return folder;
}

function binary(command, ...flags) {
  if (command === "./cmd/outspoken" && process.env.OUTSPOKEN_BIN) return process.env.OUTSPOKEN_BIN;
  if (!made.has(command)) {
    const file = join(scratch(), `program${made.size}`);
    build(command, file, ...flags);
    made.set(command, file);
  }
  return made.get(command);
}

// started returns a program that can be killed and started again where it was.
// It ends with the test file.
async function started(url, start) {
  let now;
  let log = "";
  const program = {
    url,
    log: () => log + (now?.log() ?? ""),
    async start() {
      log = program.log();
      now = await start();
    },
    kill: () => now.end("SIGKILL"),
    stop: () => now?.end(),
  };
  running.push(program);
  await program.start();
  return program;
}

export const freeAddress = async () => `127.0.0.1:${await freePort()}`;

// outspoken runs a subcommand that serves on an address of its own, with data.
export async function outspoken(...command) {
  return outspoken.at(await freeAddress(), ...command);
}

outspoken.at = async (address, subcommand, ...flags) => {
  const file = binary("./cmd/outspoken", "-tags", "webchat");
  const data = mkdtempSync(join(scratch(), "data-"));
  const url = `http://${address}`;
  const program = await started(url, () =>
    launch(file, [subcommand, "--addr", address, "--data", data, ...flags], { cwd: scratch(), ready: () => answers(url) }));
  return Object.assign(program, { data });
};

// agent runs our showcase as an agent of its own; see agent/main.go.
export async function agent() {
  const file = binary("./test/interop/agent");
  const address = await freeAddress();
  const url = `http://${address}`;
  return started(url, () => launch(file, [], { env: { OUTSPOKEN_ADDR: address }, ready: () => answers(`${url}/readyz`) }));
}

// node runs a script that stays on this machine.
export async function node(url, script, args, { env, ready }) {
  const stay = { HOME: scratch(), NODE_OPTIONS: `--require=${join(here, "loopback.cjs")}` };
  return started(url, () => launch(process.execPath, [script, ...args], { cwd: scratch(), env: { ...stay, ...env }, ready }));
}

// expiredToken is a token for a conversation that a channel issued an hour ago.
export function expiredToken(channel, conversation, secret) {
  const args = [channel.data, conversation, ...(secret ? [secret] : [])];
  const done = spawnSync(binary("./test/interop/expiredtoken"), args, { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`expiredtoken: ${done.error ?? done.stderr}`);
  return done.stdout.trim();
}
