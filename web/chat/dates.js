// {{DATE(2026-03-01T09:00:00Z, SHORT)}} and {{TIME(…)}} in the texts of cards:
// the user's time, in the user's way of writing.

const PATTERN = /\{\{(DATE|TIME)\(\s*(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:?\d\d))\s*(?:,\s*(COMPACT|SHORT|LONG)\s*)?\)\}\}/g;

const ways = {
  COMPACT: { year: "numeric", month: "numeric", day: "numeric" },
  SHORT: { weekday: "short", year: "numeric", month: "short", day: "numeric" },
  LONG: { weekday: "long", year: "numeric", month: "long", day: "numeric" },
};

export function dated(words) {
  return words.replace(PATTERN, (whole, what, at, way = "COMPACT") => {
    const date = new Date(at);
    if (Number.isNaN(date.getTime())) return whole;
    return what === "TIME" ? date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) : date.toLocaleDateString([], ways[way]);
  });
}
