// What went wrong, in the words of whoever waits for an answer.

export const MB = 1 << 20;
export const largest = 20 * MB; // bytes of one upload

export function sentence({ status, code, message }, files) {
  switch (status) {
    case 0:
      return "Not sent: the server cannot be reached.";
    case 401:
    case 403:
      return `Not sent: ${lower(message) || "the server did not let this page in."}`;
    case 404:
      return files ? "Not sent: this conversation is gone, or the server takes no files." : "Not sent: this conversation is no longer on the server.";
    case 413:
      return files ? "Not sent: the files are larger than the server takes." : "Not sent: the message is too long.";
    case 429:
      return "Not sent: too many messages at once. Try again in a moment.";
    case 502:
      return "The agent could not take this message. It may be down, or it ran into an error.";
    case 504:
      return "The agent did not answer in time.";
  }
  return `Not sent: ${message || code || status}`;
}

const lower = (words) => (words ? words[0].toLowerCase() + words.slice(1) : "");

// size is a number of bytes for people.
export function size(bytes) {
  if (!(bytes >= 0)) return "";
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1000 * 1024) return `${Math.max(1, Math.round(bytes / 1024))} KB`;
  return `${(bytes / MB).toFixed(1)} MB`;
}
