// The Markdown that agents write: paragraphs, lists, code, headings, quotes,
// bold, italic and links. Whatever else they write stays as it is; there is no
// way to HTML from here.
import { h, link, webAddress } from "./dom.js";

const longest = 20_000; // characters; past this, text is shown plain
const deepest = 8;

const FENCE = /^\s{0,3}(```|~~~)/;
const ITEM = /^(\s*)(?:[-*+]|(\d{1,9})[.)])\s+(.*)$/;
const HEADING = /^(#{1,6})\s+(.*?)\s*#*$/;
const QUOTE = /^>\s?(.*)$/;

export function markdown(source) {
  if (source.length > longest) return plain(source);
  const fragment = document.createDocumentFragment();
  fragment.append(...blocks(source.replaceAll("\r\n", "\n").split("\n"), 0));
  return fragment;
}

export const plain = (source) => h("p", null, source);

function blocks(lines, depth) {
  if (depth > deepest) return [plain(lines.join("\n"))];
  const out = [];
  let i = 0;
  const take = (belongs) => {
    const from = i;
    while (i < lines.length && belongs(lines[i])) i++;
    return lines.slice(from, i);
  };
  while (i < lines.length) {
    const line = lines[i];
    const fence = FENCE.exec(line);
    if (!line.trim()) {
      i++;
    } else if (fence) {
      i++;
      const code = take((l) => !l.trimStart().startsWith(fence[1]));
      i++; // the closing fence
      out.push(h("pre", { tabindex: "0" }, h("code", null, code.join("\n"))));
    } else if (ITEM.test(line)) {
      out.push(itemList(take((l) => ITEM.test(l) || /^\s+\S/.test(l)), depth));
    } else if (QUOTE.test(line)) {
      out.push(h("blockquote", null, blocks(take((l) => QUOTE.test(l)).map((l) => QUOTE.exec(l)[1]), depth + 1)));
    } else if (HEADING.test(line)) {
      i++;
      out.push(h("p", { class: "heading" }, inline(HEADING.exec(line)[2])));
    } else {
      const words = take((l) => l.trim() && !FENCE.test(l) && !ITEM.test(l) && !QUOTE.test(l) && !HEADING.test(l));
      out.push(h("p", null, inline(words.join("\n"))));
    }
  }
  return out;
}

// itemList makes a list; lines indented deeper than its first belong to the
// item before them.
function itemList(lines, depth) {
  const [, indent, number] = ITEM.exec(lines[0]);
  const items = [];
  for (const line of lines) {
    const m = ITEM.exec(line);
    if (m && m[1].length <= indent.length + 1) items.push({ head: m[3], rest: [] });
    else items.at(-1).rest.push(line.slice(Math.min(indent.length + 2, /^\s*/.exec(line)[0].length)));
  }
  const children = items.map((item) => h("li", null, inline(item.head), blocks(item.rest, depth + 1)));
  return number ? h("ol", { start: number === "1" ? "" : number }, children) : h("ul", null, children);
}

// The lengths are bounded so that no text takes long.
const INLINE = new RegExp(
  [
    String.raw`\\(?<literal>[\\\x60*_[\]()#+.!>~-])`,
    "(?<ticks>`+)(?<code>.{1,2000}?)\\k<ticks>(?!`)",
    String.raw`\[(?<label>[^\]\n]{1,500})\]\((?<href>[^\s()]{1,2000}(?:\([^\s()]{0,200}\)[^\s()]{0,500})?)\)`,
    String.raw`\*\*(?=\S)(?<bold>.{0,2000}?\S)\*\*`,
    String.raw`(?<![\p{L}\p{N}_])__(?=\S)(?<bold2>.{0,2000}?\S)__(?![\p{L}\p{N}_])`,
    String.raw`\*(?=[^\s*])(?<italic>.{0,2000}?[^\s*])\*(?!\*)`,
    String.raw`(?<![\p{L}\p{N}_])_(?=[^\s_])(?<italic2>.{0,2000}?[^\s_])_(?![\p{L}\p{N}_])`,
    String.raw`(?<url>https?:\/\/[^\s<>"]{1,2000})`,
  ].join("|"),
  "gu",
);

export function inline(source, depth = 0) {
  if (depth > deepest) return [source];
  const out = [];
  let at = 0;
  for (const m of source.matchAll(INLINE)) {
    const g = m.groups;
    if (m.index > at) out.push(source.slice(at, m.index));
    at = m.index + m[0].length;
    if (g.literal) out.push(g.literal);
    else if (g.code) out.push(h("code", null, g.code));
    else if (g.href) out.push(webAddress(g.href) ? link(g.href, inline(g.label, depth + 1)) : m[0]);
    else if (g.bold ?? g.bold2) out.push(h("strong", null, inline(g.bold ?? g.bold2, depth + 1)));
    else if (g.italic ?? g.italic2) out.push(h("em", null, inline(g.italic ?? g.italic2, depth + 1)));
    else {
      const url = g.url.replace(/[.,;:!?'*_)\]]+$/, ""); // the sentence's, not the address's
      out.push(link(url, url), g.url.slice(url.length));
    }
  }
  out.push(source.slice(at));
  return out.filter((part) => part !== "");
}
