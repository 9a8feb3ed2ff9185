// The visitor's picture with the map over it. It lives in this tab only: the page sends it once, and gets back what the
// model saw of it when the visitor said that it may be kept.
let kept = null; // the last picture, so that it is still there after a look at another page

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  if (data.shown) kept = { id: data.id, shown: data.shown, seen: data.seen, map: data.map, asked: false };
  const mine = kept && kept.id === data.id ? kept : null;
  if (data.shown) lead();
  if (root.dataset.id !== data.id || (mine && !root.querySelector("img"))) draw(root, data, mine);
  if (data.wanted && mine && !mine.asked) {
    mine.asked = true;
    setTriggerValue("seen", { id: data.id, seen: mine.seen });
  }
}

// Whoever asked from further down, or listens to the page, is led to the answer.
function lead() {
  document.querySelector('[data-testid="stMain"]')?.scrollTo({ top: 0 });
  const answer = document.querySelector('[data-testid="stMain"] h2');
  answer?.setAttribute("tabindex", "-1");
  answer?.focus({ preventScroll: true });
}

function draw(root, data, mine) {
  root.dataset.id = data.id;
  root.replaceChildren();
  if (!mine) {
    root.append(element("p", { className: "gone", textContent: data.words.gone }));
    return;
  }
  const frame = element("div", { className: "frame" });
  frame.append(element("img", { src: mine.shown, alt: data.words.photo }));
  root.append(frame);
  if (!mine.map) return;
  const map = element("img", { src: mine.map, alt: "", className: "map" });
  frame.append(map);
  const slider = element("input", { type: "range", min: 0, max: 100, step: 5, value: 60, id: "strength" });
  const label = element("label", { htmlFor: "strength", textContent: data.words.strength });
  const value = element("output", { className: "value" });
  const set = () => {
    map.style.opacity = slider.value / 100;
    value.textContent = `${slider.value} %`;
    slider.setAttribute("aria-valuetext", value.textContent);
  };
  slider.addEventListener("input", set);
  set();
  const head = element("div", { className: "head" });
  head.append(label, value);
  root.append(head, slider, scale(data.words), element("p", { className: "caption", textContent: data.words.caption }));
}

function scale(words) {
  const row = element("div", { className: "scale" });
  row.setAttribute("aria-hidden", "true");
  row.append(
    element("span", { textContent: words.less }),
    element("span", { className: "ramp" }),
    element("span", { textContent: words.more }),
  );
  return row;
}

function element(name, properties) {
  return Object.assign(document.createElement(name), properties);
}
