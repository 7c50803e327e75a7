// Requests to this server, and what can be wrong with their answers.

// A Refusal is an answer that is no success. Status 0: there was no answer.
export class Refusal extends Error {
  constructor(status, code, message) {
    super(message);
    Object.assign(this, { status, code });
  }
}

// request resolves with the JSON of the answer. The body may be FormData; all
// else is sent as JSON.
export async function request(method, url, { body, token, signal, patience = 20_000 } = {}) {
  const form = body instanceof FormData;
  const headers = {};
  if (body !== undefined && !form) headers["Content-Type"] = "application/json";
  if (token) headers.Authorization = `Bearer ${token}`;
  let response;
  let words;
  try {
    response = await fetch(url, {
      method,
      headers,
      body: form ? body : body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      signal: AbortSignal.any([AbortSignal.timeout(patience), ...(signal ? [signal] : [])]),
    });
    words = await response.text();
  } catch {
    throw new Refusal(0, "Unreachable", "The server cannot be reached.");
  }
  const answer = parse(words);
  const known = answer !== null && typeof answer === "object";
  if (response.ok && (known || words === "")) return known ? answer : {};
  if (response.ok) throw new Refusal(response.status, "Garbage", "The server's answer makes no sense. Is something else at this address?");
  const error = (known && answer.error) || {};
  throw new Refusal(response.status, String(error.code ?? ""), String(error.message ?? "") || `The server answered ${response.status}.`);
}

export function parse(json) {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
