// JSON, laid out and coloured.
import { h } from "/chat/dom.js";

const longest = 200_000; // characters; past this it is shown without colours
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;

export function json(value) {
  const source = JSON.stringify(value, null, 2) ?? "";
  const code = h("code");
  if (source.length > longest) code.append(source);
  else {
    let at = 0;
    for (const m of source.matchAll(TOKEN)) {
      code.append(source.slice(at, m.index));
      at = m.index + m[0].length;
      const [, string, colon, word, number] = m;
      if (string && colon) code.append(h("span", { class: "name" }, string), colon);
      else code.append(h("span", { class: string ? "string" : word ? "word" : "number" }, string ?? word ?? number));
    }
    code.append(source.slice(at));
  }
  return h("pre", { class: "json", tabindex: "0" }, code);
}
