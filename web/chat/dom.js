// Elements and text nodes, the only way anything gets onto the page.

// h makes an element. Strings among the children become text. The names of
// props are ours; values from outside are checked by the caller.
export function h(tag, props, ...children) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false || value === "") continue;
    if (typeof value === "function") el.addEventListener(name, value);
    else el.setAttribute(name, value === true ? "" : value);
  }
  el.append(...children.flat(Infinity).filter((c) => c !== undefined && c !== null && c !== false && c !== ""));
  return el;
}

// What comes over the wire may be of any type.
export const text = (v) => (typeof v === "string" ? v : typeof v === "number" ? String(v) : "");
export const list = (v) => (Array.isArray(v) ? v.filter((e) => e !== null && e !== undefined) : []);
export const object = (v) => (v !== null && typeof v === "object" && !Array.isArray(v) ? v : {});

// webAddress is v if it is an absolute http or https address, else "".
export function webAddress(v) {
  try {
    const url = new URL(text(v));
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : "";
  } catch {
    return "";
  }
}

// link opens href in a new tab. What is no web address becomes plain text.
export function link(href, label, props) {
  const address = webAddress(href);
  if (!address) return h("span", null, label);
  return h("a", { ...props, href: address, target: "_blank", rel: "noopener noreferrer", title: address }, label);
}

// picture shows a web or data:image address, and its description if that fails.
export function picture(src, alt, props) {
  const address = webAddress(src) || (/^data:image\//i.test(text(src)) ? text(src) : "");
  const missing = () => note(alt ? `Picture: ${alt}` : "A picture that cannot be shown");
  if (!address) return missing();
  const img = h("img", { ...props, src: address, referrerpolicy: "no-referrer", decoding: "async" });
  img.alt = alt;
  img.addEventListener("error", () => img.replaceWith(missing()));
  return img;
}

export const note = (words) => h("p", { class: "note" }, words);

// randomID is n characters that are hard to guess.
export function randomID(n) {
  const letters = "abcdefghijkmnpqrstuvwxyz23456789"; // 32, none alike
  return Array.from(crypto.getRandomValues(new Uint8Array(n)), (b) => letters[b % 32]).join("");
}
