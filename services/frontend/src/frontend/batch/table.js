// The table of a batch. Its small pictures are sent once and live in this tab only.
let kept = { id: null, thumbnails: [] };

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".root");
  if (data.thumbnails) kept = { id: data.id, thumbnails: data.thumbnails };
  const thumbnails = kept.id === data.id ? kept.thumbnails : [];
  if (data.rows.length === 0) {
    root.replaceChildren(element("p", { textContent: data.words.none }));
    return;
  }
  const table = element("table");
  table.append(element("caption", { textContent: data.words.caption }));
  const head = table.createTHead().insertRow();
  head.append(...data.words.heads.map((text) => element("th", { scope: "col", textContent: text })));
  const body = table.createTBody();
  for (const row of data.rows) draw(body.insertRow(), row, thumbnails[row.place]);
  const region = element("div", { className: "table", tabIndex: 0 });
  region.setAttribute("role", "region");
  region.setAttribute("aria-label", data.words.caption);
  region.append(table);
  root.replaceChildren(region);
}

function draw(line, row, thumbnail) {
  const picture = line.insertCell();
  if (thumbnail) picture.append(element("img", { src: thumbnail, alt: row.alt }));
  else picture.textContent = "–";
  const file = element("th", { scope: "row", textContent: row.file });
  line.append(file);
  const badge = element("span", { className: `badge ${row.decision}`, textContent: row.badge });
  line.insertCell().append(badge);
  for (const text of [row.name, row.confidence, row.sentence]) line.insertCell().textContent = text;
}

function element(name, properties = {}) {
  return Object.assign(document.createElement(name), properties);
}
