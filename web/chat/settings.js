// What this server says about itself.
import { list, object, text } from "./dom.js";
import { request } from "./http.js";

export async function settings() {
  const s = await request("GET", "/chat/settings.json").catch(() => ({}));
  return {
    title: text(s.title) || "Outspoken",
    suggestions: list(s.suggestions).map(object).map(({ title, say }) => ({ title: text(title) || text(say), say: text(say) })),
    curl: text(s.curl),
    playground: s.playground === true,
    webchat: s.webchat === true,
  };
}
