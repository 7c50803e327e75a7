// Files that are not shown but offered.
import { h, link } from "./dom.js";
import { size } from "./words.js";

// fileLink opens a file. Of a file on this server it tells the size.
export function fileLink(address, name) {
  const words = h("small");
  const el = h("span", { class: "file" }, link(address, name), " ", words);
  if (new URL(address).origin === location.origin) {
    fetch(address, { method: "HEAD", credentials: "omit" }).then((r) => {
      const bytes = r.headers.get("Content-Length");
      if (r.ok && bytes) words.textContent = size(Number(bytes));
      if (r.status === 404) words.textContent = "no longer there";
    }, () => {});
  }
  return el;
}
