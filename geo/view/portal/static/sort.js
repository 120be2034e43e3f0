"use strict";
/* Lets a reader sort a table by a column. Without this file the table is the same, in its first order. */
(() => {
  const polish = document.documentElement.lang === "pl";
  const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });

  const key = (row, column) => {
    const cell = row.cells[column];
    const data = cell.querySelector("data");
    if (!data) return cell.textContent.trim();
    return data.value === "" ? null : Number(data.value);
  };

  const compare = (a, b) => {
    if (a === null || b === null) return (a === null) - (b === null);
    return typeof a === "number" && typeof b === "number" ? a - b : collator.compare(a, b);
  };

  const sort = (table, column, descending) => {
    const body = table.tBodies[0];
    const rows = Array.from(body.rows, (row) => ({ row, key: key(row, column) }));
    rows.sort((a, b) => {
      const missing = (a.key === null) - (b.key === null);
      return missing || (descending ? compare(b.key, a.key) : compare(a.key, b.key));
    });
    body.append(...rows.map((each) => each.row));
  };

  const arm = (table, header) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    button.title = polish ? "Sortuj według tej kolumny" : "Sort by this column";
    header.append(button);
    button.addEventListener("click", () => {
      const descending = header.getAttribute("aria-sort") === "ascending";
      for (const other of header.parentNode.cells) other.removeAttribute("aria-sort");
      header.setAttribute("aria-sort", descending ? "descending" : "ascending");
      sort(table, header.cellIndex, descending);
    });
  };

  for (const table of document.querySelectorAll("table.sortable")) {
    for (const header of table.querySelectorAll("thead th[data-sort]")) arm(table, header);
  }
})();
