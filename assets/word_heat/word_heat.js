// The words of a caption and the patches of a picture: point at one, see the other.
// Everything arrives as data and is put in as text, so that no word can become markup.

const make = (name, className, parent) => {
  const element = document.createElement(name);
  element.className = className;
  parent.append(element);
  return element;
};
const two = (value) => value.toFixed(2).replace("-", "−");

function draw(root, data, tell) {
  const { picture, alt, words, heat, grid, box, aspect, colour, frame, most_words: most } = data;
  const [rows, columns] = grid;
  root.replaceChildren();
  root.style.setProperty("--patch", colour);
  root.style.setProperty("--frame", frame);
  const flat = heat.flat();
  const low = Math.min(...flat);
  const span = Math.max(...flat) - low || 1;
  const mean = heat.map((line) => line.reduce((sum, value) => sum + value, 0) / line.length);

  const bar = make("div", "words", root);
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "Words of the caption");
  const stage = make("div", "stage", root);
  stage.style.aspectRatio = String(aspect);
  const image = make("img", "", stage);
  image.src = picture;
  image.alt = alt;
  const field = make("div", "field", stage);
  field.setAttribute("role", "group");
  field.setAttribute("aria-label", "Patches of the picture; move with the arrow keys");
  const [left, top, right, bottom] = box;
  Object.assign(field.style, {
    left: `${100 * left}%`,
    top: `${100 * top}%`,
    width: `${100 * (right - left)}%`,
    height: `${100 * (bottom - top)}%`,
    gridTemplate: `repeat(${rows}, 1fr) / repeat(${columns}, 1fr)`,
  });
  const said = make("p", "said", root);
  said.setAttribute("aria-live", "polite");

  let pinned = data.chosen;
  const strongest = (values) => values.indexOf(Math.max(...values));
  const where = (patch) => `row ${Math.floor(patch / columns) + 1}, column ${(patch % columns) + 1}`;
  const bestWords = (patch) =>
    words
      .map((word, place) => [heat[patch][place], word])
      .sort((one, other) => other[0] - one[0])
      .slice(0, most)
      .map(([value, word]) => `“${word}” ${two(value)}`)
      .join(", ");

  const buttons = words.map((word, place) => {
    const button = make("button", "word", bar);
    button.type = "button";
    button.textContent = word;
    button.onpointerenter = () => show(place);
    button.onpointerleave = () => show(pinned);
    button.onfocus = () => show(place);
    button.onblur = () => show(pinned);
    button.onclick = () => {
      pinned = pinned === place ? null : place;
      show(pinned);
      tell(pinned);
    };
    return button;
  });
  const patches = heat.map((line, patch) => {
    const button = make("button", "patch", field);
    button.type = "button";
    button.tabIndex = patch ? -1 : 0;
    button.setAttribute("aria-label", `Patch in ${where(patch)}: ${bestWords(patch)}`);
    button.onpointerenter = () => showPatch(patch);
    button.onpointerleave = () => show(pinned);
    button.onfocus = () => showPatch(patch);
    button.onblur = () => show(pinned);
    button.onkeydown = (event) => move(event, patch);
    return button;
  });

  function paint(values) {
    const best = strongest(values);
    patches.forEach((button, patch) => {
      button.style.setProperty("--strength", (0.78 * (values[patch] - low)) / span);
      button.classList.toggle("best", patch === best);
    });
  }
  function show(place) {
    const values = place === null ? mean : heat.map((line) => line[place]);
    paint(values);
    const best = strongest(values);
    buttons.forEach((button, other) => {
      button.setAttribute("aria-pressed", String(other === pinned));
      button.style.setProperty("--strength", other === place ? 0.45 : 0);
    });
    said.textContent =
      place === null
        ? `All words on average: best in ${where(best)} (${two(values[best])}).`
        : `“${words[place]}” goes best with the patch in ${where(best)} (${two(values[best])}).`;
  }
  function showPatch(patch) {
    buttons.forEach((button, place) =>
      button.style.setProperty("--strength", (0.45 * (heat[patch][place] - low)) / span),
    );
    said.textContent = `Patch in ${where(patch)}: ${bestWords(patch)}.`;
  }
  function move(event, patch) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const leavesRow =
      Math.abs(step) === 1 && Math.floor((patch + step) / columns) !== Math.floor(patch / columns);
    if (leavesRow || !patches[patch + step]) return;
    patches[patch].tabIndex = -1;
    patches[patch + step].tabIndex = 0;
    patches[patch + step].focus();
  }
  show(pinned);
}

const drawn = new WeakMap();

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const root = parentElement.querySelector(".word-heat");
  const content = JSON.stringify({ ...data, chosen: null });
  if (drawn.get(root) !== content) {
    // Drawn anew only for other content: a redraw would take the focus away.
    drawn.set(root, content);
    draw(root, data, (place) => setStateValue("word", place));
  }
}
