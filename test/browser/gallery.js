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

const words = (text, more) => ({ type: "TextBlock", text, wrap: true, ...more });
const cells = (...texts) => ({ type: "TableRow", cells: texts.map((t) => ({ type: "TableCell", items: [words(t)] })) });

export const form = {
  type: "message",
  attachments: [{
    contentType: "application/vnd.microsoft.card.adaptive",
    content: {
      type: "AdaptiveCard",
      body: [
        words("Your week", { size: "Large", weight: "Bolder" }),
        words("From {{DATE(2026-03-02T09:30:00Z, SHORT)}}", { isSubtle: true, spacing: "None" }),
        { type: "Table", columns: [{ width: 2 }, { width: 1 }, { width: 1 }], rows: [cells("City", "Days", "Cost"), cells("Lisbon", "4", "€ 320"), { ...cells("Oslo", "2", "€ 700"), style: "attention" }] },
        { type: "RichTextBlock", inlines: ["Some ", { type: "TextRun", text: "marked", highlight: true }, " and ", { type: "TextRun", text: "struck", strikethrough: true }, " words"] },
        { type: "Container", style: "warning", items: [words("Oslo is above your limit")] },
        { type: "Input.Text", id: "name", label: "Name", isRequired: true, errorMessage: "We need a name." },
        { type: "Input.Date", id: "day", label: "Day" },
        { type: "Input.Toggle", id: "ok", title: "I agree" },
        { type: "Input.ChoiceSet", id: "size", label: "Room", choices: [{ title: "Single", value: "s" }] },
      ],
      actions: [
        { type: "Action.Submit", title: "Book", style: "positive" },
        { type: "Action.ShowCard", title: "Comment", card: { type: "AdaptiveCard", body: [{ type: "Input.Text", id: "comment", label: "What to know", isMultiline: true }], actions: [{ type: "Action.Submit", title: "Add" }] } },
      ],
    },
  }],
};

const kind = (name, content) => ({ contentType: `application/vnd.microsoft.card.${name}`, content });

export const cards = {
  type: "message",
  attachments: [
    kind("receipt", { title: "Receipt 17", facts: [{ key: "Paid with", value: "Card 4321" }], items: [{ title: "Coffee", subtitle: "large", quantity: "2", price: "€ 3.20", image: { url: square("#c77d4f") } }, { title: "Cake", price: "€ 4.00" }], tax: "€ 1.10", total: "€ 10.40" }),
    kind("oauth", { text: "Sign in to see your orders", buttons: [{ type: "signin", title: "Sign in", value: "https://login.example/" }] }),
    kind("audio", { title: "A song", subtitle: "by somebody", media: [{ url: "https://example.com/song.mp3" }] }),
    kind("thumbnail", { title: "Thumbnail", subtitle: "small", text: "With words", images: [{ url: square("#4a7fb5") }], buttons: [{ type: "imBack", title: "Go", value: "go" }] }),
    { contentType: "application/pdf", name: "report.pdf", contentUrl: "https://example.com/report.pdf" },
  ],
};
