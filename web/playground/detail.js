// The selected exchange: what it was, how it went, and its JSON.
import { h, list, object, text } from "/chat/dom.js";
import { json } from "./json.js";
import { bad, clock, millis, typeOf } from "./wire.js";

// detail shows e in the place of what el showed. told has again(activity),
// react(activity) and open(conversation).
export function detail(el, e, told) {
  el.classList.toggle("empty", !e);
  if (!e) return el.replaceChildren(h("p", { class: "none" }, "Select an exchange to see its JSON and how it went."));
  const a = object(e.activity);
  const says = text(a.type) === "message";
  el.replaceChildren(h("div", { class: "about-it" },
    h("div", { class: "bar" },
      h("h2", null, typeOf(e)),
      h("span", { class: "space" }),
      e.toAgent && e.activity && h("button", { class: "quiet", type: "button", click: () => told.again(a) }, "Send again…"),
      !e.toAgent && says && h("button", { class: "quiet", type: "button", click: () => told.react(e) }, "React…")),
    h("dl", { class: "facts" },
      fact("Direction", e.toAgent ? "channel → agent" : "agent → channel"),
      fact("Operation", e.op),
      fact("Status", h("span", { class: bad(e) ? "status bad" : "status" }, e.status ? String(e.status) : "no answer")),
      fact("Time", `${clock(e.time)}, took ${millis(e)}`),
      e.activityId && fact("Activity", h("code", null, text(e.activityId))),
      e.conversation && fact("Conversation", h("button", { class: "plain", type: "button", click: () => told.open(e.conversation) }, e.conversation))),
    e.error && h("p", { class: "notice bad" }, h("b", null, "Error. "), text(e.error)),
    list(e.warnings).map((words) => h("p", { class: "notice warn" }, h("b", null, "Warning. "), words)),
    block("Activity", e.activity),
    block(e.toAgent ? "The agent's answer" : "The channel's answer", e.answer)));
  el.scrollTop = 0;
}

const fact = (name, value) => [h("dt", null, name), h("dd", null, value)];

function block(title, value) {
  if (value === undefined || value === null) return "";
  const copy = h("button", { class: "plain", type: "button" }, "Copy");
  copy.addEventListener("click", async () => {
    const done = await navigator.clipboard.writeText(JSON.stringify(value, null, 2)).then(() => "Copied", () => "Not allowed");
    copy.textContent = done;
    setTimeout(() => (copy.textContent = "Copy"), 1500);
  });
  return h("section", { "aria-label": title }, h("div", { class: "bar" }, h("h3", null, title), h("span", { class: "space" }), copy), json(value));
}
