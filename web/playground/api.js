// The routes of the playground, and what went wrong with them in words.
import { parse, request } from "/chat/http.js";

const base = "/playground/api";
const of = (id) => `${base}/conversations/${encodeURIComponent(id)}`;
const get = (url) => request("GET", url);
// The agent has 15 s to answer, and there may be several activities.
const post = (url, body) => request("POST", url, { body, patience: 60_000 });

export const agent = () => get(`${base}/agent`);
export const conversations = () => get(`${base}/conversations`);
export const info = (id) => get(of(id));
export const start = (s) => post(`${base}/conversations`, s);
export const join = (id, members) => post(`${of(id)}/members`, { members });
export const leave = (id, user) => request("DELETE", `${of(id)}/members/${encodeURIComponent(user)}`);
export const inject = (id, activity) => post(`${of(id)}/activities`, activity);
export const templates = (id, user) =>
  get(`${base}/templates?conversation=${encodeURIComponent(id)}&user=${encodeURIComponent(user)}`).then((a) => a.templates ?? []);
export const faults = () => get(`${base}/faults`).then((a) => a.faults ?? {});
export const setFault = (id, fault) => request("PUT", id ? `${of(id)}/fault` : `${base}/fault`, { body: fault }).then((a) => a.faults ?? {});
export const move = () => post(`${base}/move`);
// what is install, uninstall, block or unblock.
export const membership = (id, what) => post(`${of(id)}/${what}`);
export const file = (id, form) => `${of(id)}/${form}`;

// words says what went wrong.
export function words({ status, code, message }) {
  switch (status) {
    case 0:
      return "The server cannot be reached. Is it still running?";
    case 502:
      return "The agent could not take it: it is down, or it answered with an error. The list shows which.";
    case 504:
      return "The agent did not answer within 15 seconds.";
  }
  return message || code || `The server answered ${status}.`;
}

// follow hands over every exchange, those that are kept first, until the page
// is left. told has exchange(record), missed() and state(connected).
export function follow(told) {
  let after = 0;
  let failures = 0;
  let source;
  const open = () => {
    source = new EventSource(`${base}/events?after=${after}`);
    source.onopen = () => {
      failures = 0;
      told.state(true);
    };
    source.onmessage = ({ data }) => {
      const record = parse(data);
      if (!record) return;
      after = record.seq;
      told.exchange(record);
    };
    source.addEventListener("missed", () => told.missed());
    source.onerror = () => {
      told.state(false);
      source.close(); // the browser itself gives up after some answers
      setTimeout(open, Math.min(5_000, 300 * 2 ** failures++));
    };
  };
  window.addEventListener("pagehide", () => source.close());
  window.addEventListener("pageshow", ({ persisted }) => persisted && open());
  open();
}
