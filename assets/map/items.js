// Words and pictures of the points, sent once and kept in the window, for the maps to look up.

const STORE = "vacsrMapItems";
const MOST_KEPT = 2;

function numbers(text) {
  return new Int32Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
}

export default function (component) {
  const { data } = component;
  if (!data) return;
  const store = (window[STORE] ??= new Map());
  const known = store.get(data.token);
  if (known && known.version === data.version) return;
  const items = {
    version: data.version,
    labels: data.labels,
    notes: data.notes,
    spriteOf: numbers(data.spriteOf),
    pictureOf: numbers(data.pictureOf),
    side: data.side,
    columns: data.columns,
    sprite: new Image(),
    isLoaded: false,
  };
  const tell = () => window.dispatchEvent(new Event(STORE));
  items.sprite.onload = () => {
    items.isLoaded = true;
    tell();
  };
  if (data.sprite) items.sprite.src = data.sprite;
  store.delete(data.token);
  store.set(data.token, items);
  while (store.size > MOST_KEPT) store.delete(store.keys().next().value);
  tell();
}
