// A message with some of everything, for the pictures.
const square = (colour) => `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" width="640" height="320"><rect width="640" height="320" fill="${colour}"/><circle cx="480" cy="110" r="60" fill="#fff" opacity=".7"/></svg>`)}`;

export const gallery = {
  type: "message",
  text: "Two cards and some **Markdown**:\n- a list\n- with `code`\n\n```\ngo run ./cmd/outspoken demo\n```",
  attachments: [
    {
      contentType: "application/vnd.microsoft.card.hero",
      content: {
        title: "A hero card", subtitle: "With a picture", text: "And some text that says what it is about.",
        images: [{ url: square("#4a7fb5"), alt: "A picture" }],
        buttons: [{ type: "imBack", title: "Tell me more", value: "more" }, { type: "openUrl", title: "Open", value: "https://example.com/" }],
      },
    },
    {
      contentType: "application/vnd.microsoft.card.adaptive",
      content: {
        type: "AdaptiveCard",
        body: [
          { type: "ColumnSet", columns: [
            { width: "auto", items: [{ type: "Image", url: square("#c77d4f"), size: "Medium", altText: "Plane" }] },
            { width: "stretch", items: [{ type: "TextBlock", text: "Flight to Lisbon", weight: "Bolder", size: "Medium" }, { type: "TextBlock", text: "Delayed by 40 minutes", isSubtle: true, spacing: "None", wrap: true }] },
          ] },
          { type: "FactSet", facts: [{ title: "Gate", value: "B 14" }, { title: "Boarding", value: "17:25" }, { title: "Seat", value: "12A" }] },
          { type: "Input.ChoiceSet", id: "meal", label: "Meal", style: "expanded", choices: [{ title: "Fish", value: "f" }, { title: "Pasta", value: "p" }], value: "p" },
          { type: "Input.Text", id: "wish", label: "Wishes", isMultiline: true, placeholder: "Anything else?" },
        ],
        actions: [{ type: "Action.Submit", title: "Save", style: "positive" }, { type: "Action.OpenUrl", title: "Details", url: "https://example.com/" }],
      },
    },
  ],
};
