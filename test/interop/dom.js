// What browsers have and Node has not, as globals, for clients written for
// pages. Import it before them.
import { JSDOM, VirtualConsole } from "jsdom";
import "./loopback.cjs";

// visit makes the globals those of a page of an origin.
export function visit(origin) {
  const page = open(origin);
  for (const name of ["XMLHttpRequest", "WebSocket", "FormData", "Blob"]) globalThis[name] = window[name] = page[name];
}

// Its console is nobody's: clients throw where nobody catches, with tokens in the message.
const open = (url) => new JSDOM("", { url, virtualConsole: new VirtualConsole() }).window;

// Clients keep the first window they see.
export const window = (globalThis.window = open("http://localhost/"));
visit("http://localhost/");
