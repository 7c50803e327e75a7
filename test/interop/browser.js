// A headless Chromium that does not leave this machine.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { chromium } from "playwright-core";

let browser;
before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
      "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1",
    ],
  });
});
after(() => browser?.close());

const here = (url) => !/^(https?|wss?):$/.test(url.protocol) || ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);

// open opens a page as a new visitor. Requests to other machines are aborted;
// when t ends there must have been none but those that may match, and nothing
// may have been thrown in the page. init is a function to run in it first.
export async function open(t, url, { may = /^$/, init } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(15_000);
  const away = [];
  const thrown = [];
  await context.route((u) => !here(u), (route) => {
    away.push(route.request().url());
    return route.abort();
  });
  context.on("page", (page) => page.on("pageerror", (err) => thrown.push(err.message)));
  t.after(async () => {
    await context.close();
    if (away.length > 0) t.diagnostic(`aborted requests to other machines: ${away.length}`);
    assert.deepEqual(away.filter((u) => !may.test(u)), []);
    assert.deepEqual(thrown, []);
  });
  if (init) await context.addInitScript(init);
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

export const texts = async (locator) => (await locator.allInnerTexts()).map((s) => s.trim());
