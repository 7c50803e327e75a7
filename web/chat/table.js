// The Table of Adaptive Cards, as a table.
import { elements, word } from "./adaptive.js";
import { h, list, object, text } from "./dom.js";

export function table(e, context) {
  const columns = list(e.columns).map(object);
  const total = columns.reduce((sum, c) => sum + share(c.width), 0);
  const headed = (e.firstRowAsHeaders ?? e.firstRowAsHeader) !== false;
  const rows = list(e.rows).map(object).map((row, y) => {
    const tag = headed && y === 0 ? "th" : "td";
    return h("tr", { class: `style-${word(row.style) || "default"}` }, list(row.cells).map(object).map((cell, x) => {
      const align = word(cell.horizontalAlignment) || word(row.horizontalCellContentAlignment) || word(object(columns[x]).horizontalCellContentAlignment) || word(e.horizontalCellContentAlignment);
      return h(tag, { scope: tag === "th" && "col", class: `style-${word(cell.style) || "default"}${align ? ` cell-${align}` : ""}` }, elements(cell.items, context));
    }));
  });
  const widths = columns.map((c) => {
    const col = h("col");
    if (/^\d{1,4}px$/.test(text(c.width))) col.style.width = c.width;
    else if (total) col.style.width = `${(100 * share(c.width)) / total}%`;
    return col;
  });
  return h("div", { class: "tablebox", tabindex: "0", role: "group", "aria-label": "Table" },
    h("table", { class: `table${e.showGridLines === false ? "" : " grid"} gridstyle-${word(e.gridStyle) || "default"}` },
      h("colgroup", null, widths),
      headed && h("thead", null, rows.slice(0, 1)),
      h("tbody", null, headed ? rows.slice(1) : rows)));
}

const share = (width) => (Number(width) > 0 ? Number(width) : /px$/.test(text(width)) ? 0 : 1);
