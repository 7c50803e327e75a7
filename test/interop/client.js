// Microsoft's Direct Line client with what a test wants to know of it.
import { window } from "./dom.js";
import directlinejs from "botframework-directlinejs";
import { until } from "../process.js";

export const { ConnectionStatus: Status } = directlinejs;

// connect returns a client of a channel, and what it heard. The client's
// pauses before it connects again are short. It ends with t. user is who joins
// at the start; without, whoever says something first.
export function connect(t, url, { user, ...options } = {}) {
  const line = new directlinejs.DirectLine({
    domain: `${url}/v3/directline`, pollingInterval: 200, timeout: 5_000,
    random: () => -0.225, // of 12 s, added to 3 s: connects again after 0.3 s
    ...options,
  });
  const client = { line, heard: [], statuses: [] };
  if (user) line.setUserId(user);
  line.connectionStatus$.subscribe((s) => client.statuses.push(Status[s]));
  const listening = line.activity$.subscribe((a) => client.heard.push(a), () => {});
  t.after(() => {
    listening.unsubscribe();
    line.end();
  });
  return Object.assign(client, {
    status: () => client.statuses.at(-1),
    reaches: (status) => until(() => client.status() === status, 10_000, `${status} after ${client.statuses}`),
    texts: () => client.heard.filter((a) => a.type === "message" && a.from.role === "bot").map((a) => a.text),
    // say posts a message and returns the id that the channel gave it.
    say: (text, more = {}) => line.postActivity({ type: "message", from: { id: "ann", name: "Ann" }, text, ...more }).toPromise(),
    meets: (what) => until(() => client.heard.find(what), 10_000, `${what} among ${JSON.stringify(client.heard)}`),
    hears: (text) => client.meets((a) => a.from.role === "bot" && (a.text === text || text.test?.(a.text))),
  });
}

// hurry lets the clients made from now on refresh their token every moment
// instead of every 15 minutes, until t ends.
export function hurry(t) {
  const { setInterval } = window;
  window.setInterval = (fn, ms, ...args) => setInterval.call(window, fn, ms === 15 * 60_000 ? 300 : ms, ...args);
  t.after(() => (window.setInterval = setInterval));
}
