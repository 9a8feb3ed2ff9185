// Pictures that stay blurred until somebody asks to see one: each is a button that says what it does.
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".root");
  const drawn = data.items.map((item) => item.src.length + item.caption).join();
  if (root.dataset.drawn === drawn) return; // what was uncovered stays uncovered while the page draws itself again
  root.dataset.drawn = drawn;
  root.replaceChildren(...data.items.map((item) => tile(item, data.words)));
}

function tile(item, words) {
  const picture = Object.assign(document.createElement("img"), { src: item.src, alt: "" });
  const button = Object.assign(document.createElement("button"), { type: "button" });
  const sign = Object.assign(document.createElement("span"), { className: "sign", textContent: words.show });
  const set = (shown) => {
    button.setAttribute("aria-pressed", String(shown));
    button.setAttribute("aria-label", `${shown ? words.hide : words.show}: ${item.alt}`);
    picture.alt = shown ? item.alt : "";
    sign.hidden = shown;
  };
  button.addEventListener("click", () => set(button.getAttribute("aria-pressed") !== "true"));
  button.append(picture, sign);
  set(false);
  const row = document.createElement("li");
  row.append(button, Object.assign(document.createElement("span"), { textContent: item.caption }));
  return row;
}
