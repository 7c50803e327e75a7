// Files, both ways.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { agent, connected, conversationOf, heard, launch, own, say, texts } from "./page.js";

const { demo, open, connector } = await launch();
const PNG = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
const picker = (page) => page.locator("#picker");
const tray = (page) => page.locator("#tray .file");
const send = (page) => page.getByRole("button", { name: "Send" }).click();

// drop lets files fall onto an element; each is [name, type, text].
const drop = (page, selector, type, ...files) =>
  page.locator(selector).evaluate((el, [type, files]) => {
    const data = new DataTransfer();
    for (const [name, type, text] of files) data.items.add(new File([text], name, { type }));
    const init = { bubbles: true, cancelable: true };
    el.dispatchEvent(type === "paste" ? new ClipboardEvent(type, { ...init, clipboardData: data }) : new DragEvent(type, { ...init, dataTransfer: data }));
  }, [type, files]);

describe("files of the user", () => {
  test("several go with one message: pictures are shown, the rest is offered with its size", async (t) => {
    const page = await open(t);
    await picker(page).setInputFiles([
      { name: "dot.png", mimeType: "image/png", buffer: PNG },
      { name: "notes ünï.txt", mimeType: "text/plain", buffer: Buffer.alloc(3000, "a") },
    ]);
    assert.deepEqual((await tray(page).allInnerTexts()).map((s) => s.replace(/\s+/g, " ").trim()), [`dot.png ${PNG.length} bytes ×`, "notes ünï.txt 3 KB ×"]);
    await say(page, "here they are");
    await agent(page).filter({ hasText: "Received 2 attachment(s): dot.png image/png" }).waitFor();
    assert.match((await texts(agent(page))).at(-1), /notes ünï\.txt text\/plain 3000 [0-9a-f]{12} with text here they are$/);
    assert.equal(await page.locator("#tray").isVisible(), false);
    const link = page.locator(".item.own .file", { hasText: "notes ünï.txt" });
    await link.filter({ hasText: "3 KB" }).waitFor();
    const image = page.locator(".item.own").getByRole("img", { name: "dot.png" });
    await page.waitForFunction((el) => el.naturalWidth === 1, await image.elementHandle());
    assert.deepEqual(await texts(own(page)), ["here they are"], "one message, once");
    await page.reload();
    await connected(page);
    assert.equal(await page.locator(".item.own .file", { hasText: "3 KB" }).count(), 1);
  });

  test("are dropped or pasted, made unique, taken out again, and need no words", async (t) => {
    const page = await open(t);
    await drop(page, "#log", "drop", ["a.txt", "text/plain", "one"]);
    await drop(page, "#field", "paste", ["a.txt", "text/plain", "two!"]);
    await drop(page, "#composer", "drop", ["b.txt", "text/plain", "three"]);
    assert.deepEqual((await tray(page).allInnerTexts()).map((s) => s.split(/\s{2,}|\n|  /)[0].replace(/ \d+ bytes.*/s, "")), ["a.txt", "a (1).txt", "b.txt"]);
    await page.getByRole("button", { name: "Leave out b.txt" }).click();
    await send(page);
    await agent(page).filter({ hasText: /^Received 2 attachment\(s\): a\.txt text\/plain 3 \w+.*a \(1\)\.txt text\/plain 4 / }).waitFor();
  });

  test("that are too large are not sent, and it is said why", async (t) => {
    const page = await open(t);
    await picker(page).evaluate((el) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(21 * 1024 * 1024)], "film.mp4", { type: "video/mp4" }));
      data.items.add(new File(["small"], "small.txt", { type: "text/plain" }));
      el.files = data.files;
      el.dispatchEvent(new Event("change"));
    });
    await page.getByRole("alert").filter({ hasText: "“film.mp4” is too large: 21.0 MB. The most is 20.0 MB." }).waitFor();
    assert.equal(await tray(page).count(), 1);
    await send(page);
    await agent(page).filter({ hasText: "Received 1 attachment(s): small.txt" }).waitFor();
  });

  test("that did not arrive are kept, and go when tried again", async (t) => {
    const page = await open(t);
    await page.route("**/upload?*", (route) => route.abort());
    await picker(page).setInputFiles({ name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("kept") });
    await say(page, "with words");
    await page.getByText("Not sent: the server cannot be reached.").waitFor();
    await page.unroute("**/upload?*");
    await page.getByRole("button", { name: "Retry" }).click();
    await agent(page).filter({ hasText: "Received 1 attachment(s): a.txt text/plain 4" }).waitFor();
    assert.deepEqual(await texts(own(page)), ["with words"]);
    await page.route("**/upload?*", (route) => route.fulfill({ status: 413, json: { error: { code: "TooLarge", message: "x" } } }));
    await picker(page).setInputFiles({ name: "b.txt", mimeType: "text/plain", buffer: Buffer.from("b") });
    await send(page);
    await page.getByText("Not sent: the files are larger than the server takes.").waitFor();
  });

  test("keep no power by their names or contents", async (t) => {
    const page = await open(t);
    const dialogs = [];
    page.on("dialog", (d) => (dialogs.push(d.message()), d.dismiss()));
    await drop(page, "#log", "drop", ["<img src=x onerror=alert(1)>.html", "text/html", "<script>alert(1)</script>"], ["../../x.svg", "image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"]);
    await send(page);
    await agent(page).filter({ hasText: "Received 2 attachment(s)" }).waitFor();
    assert.ok(await page.locator(".item.own .attachments").innerText().then((s) => s.includes("<img src=x onerror=alert(1)>.html")));
    const href = await page.locator(".item.own .file a").first().getAttribute("href");
    assert.ok(href.startsWith(`${demo.url}/files/`), href);
    const response = await fetch(href);
    assert.match(response.headers.get("content-disposition"), /^attachment/);
    assert.match(response.headers.get("content-security-policy"), /sandbox/);
    assert.deepEqual(dialogs, []);
  });
});

describe("files of the agent", () => {
  test("are shown or offered", async (t) => {
    const page = await open(t);
    const id = await conversationOf(page);
    await connector("POST", id, { type: "message", text: "for you", attachments: [
      { contentType: "image/png", name: "dot.png", contentUrl: `data:image/png;base64,${PNG.toString("base64")}` },
      { contentType: "application/pdf", name: "report.pdf", contentUrl: "https://example.com/report.pdf" },
      { contentType: "application/pdf", name: "gone.pdf", contentUrl: `${demo.url}/files/none/gone.pdf` },
      { contentType: "text/html", name: "click me", contentUrl: "javascript:alert(1)" },
    ] });
    await heard(page, "for you");
    assert.equal(await page.locator(".item.agent").getByRole("img", { name: "dot.png" }).count(), 1);
    assert.deepEqual(await page.getByRole("link", { name: "report.pdf" }).evaluate((a) => [a.href, a.target, a.rel]), ["https://example.com/report.pdf", "_blank", "noopener noreferrer"]);
    await page.locator(".file", { hasText: "gone.pdf" }).filter({ hasText: "no longer there" }).waitFor();
    assert.equal(await page.getByRole("link", { name: "click me" }).count(), 0);
  });
});
