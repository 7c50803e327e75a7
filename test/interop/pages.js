// Two pages that do the same: ours, and the real Web Chat. What a test sees of
// one it sees of the other.

export const pages = {
  "our page": {
    path: "/",
    transcript: (page) => page.locator("#log"),
    connected: (page) => page.locator('#state[data-state="connected"]').waitFor(),
    agent: (page) => page.locator(".item.agent .bubble"),
    own: (page) => page.locator(".item.own .bubble"),
    box: (page) => page.getByLabel("Message", { exact: true }),
    picker: (page) => page.locator("#picker"),
    typing: (page) => page.locator("#typing", { hasText: "is typing" }),
    conversation: (page) => page.evaluate(() => sessionStorage.getItem("outspoken.conversation")),
  },
  "Web Chat": {
    path: "/webchat",
    transcript: (page) => page.getByRole("feed"), // it says everything again elsewhere, for screen readers
    connected: (page) => page.getByRole("textbox", { name: "Message input box" }).waitFor(),
    agent: (page) => page.getByRole("feed").locator(".webchat__bubble:not(.webchat__bubble--from-user) .webchat__bubble__content"),
    own: (page) => page.getByRole("feed").locator(".webchat__bubble--from-user .webchat__bubble__content"),
    box: (page) => page.getByRole("textbox", { name: "Message input box" }),
    picker: (page) => page.locator('input[type="file"]'),
    typing: (page) => page.locator(".webchat__typing-indicator"),
    conversation: (page) => page.evaluate(() => sessionStorage.getItem("outspoken.webchat")),
  },
};
