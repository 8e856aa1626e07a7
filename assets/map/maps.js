// The maps side by side: one selection, one hovered point and one view for all of them.

const STORE = "vacsrMapItems"; // words and pictures of the points, kept apart from what changes
const KEYS = "Arrow keys go from point to point, Space chooses, N takes the ten nearest too, "
  + "Enter opens the pair, plus and minus zoom, 0 shows all, Escape chooses none.";

class SpaceMaps {
  constructor(root) {
    this.root = root;
    this.selected = new Set();
    this.hovered = this.focused = -1;
    this.view = { x: 0, y: 0, zoom: 1, wide: 1, high: 1 };
    this.tool = "lasso";
    this.isAlive = true;
    this.panes = [];
    this.build();
    this.observer = new ResizeObserver(() => this.drawSoon());
    this.hear = () => this.drawSoon();
    window.addEventListener(STORE, this.hear);
  }

  build() {
    this.box = document.createElement("div");
    this.box.className = "maps";
    this.bar = document.createElement("div");
    this.bar.className = "bar";
    this.bar.setAttribute("role", "toolbar");
    this.bar.setAttribute("aria-label", "Tools of the map");
    const button = (label, title, action) => {
      const made = document.createElement("button");
      made.type = "button";
      made.textContent = label;
      made.title = title;
      made.addEventListener("click", () => action(made));
      this.bar.append(made);
      return made;
    };
    const tools = {
      lasso: button("Lasso", "Draw round points to choose them; Shift adds", () => take("lasso")),
      move: button("Move", "Drag the map; with Alt the other tool", () => take("move")),
    };
    const take = (tool) => {
      this.tool = tool;
      this.isArmed = true; // a finger scrolls the page until a tool was taken
      this.box.classList.add("armed");
      for (const [name, made] of Object.entries(tools)) made.setAttribute("aria-pressed", name === tool);
    };
    tools.lasso.setAttribute("aria-pressed", true);
    tools.move.setAttribute("aria-pressed", false);
    const middle = () => [this.panes[0].width / 2, this.panes[0].height / 2];
    button("+", "Zoom in", () => this.zoomAt(this.panes[0], 1.4, ...middle())).ariaLabel = "Zoom in";
    button("−", "Zoom out", () => this.zoomAt(this.panes[0], 1 / 1.4, ...middle())).ariaLabel = "Zoom out";
    button("Show all", "The whole map", () => this.reset());
    button("Choose none", "Let go of the chosen points", () => this.choose([]));
    button("PNG", "Save the maps as a picture", () => this.save()).ariaLabel = "Save the maps as PNG";
    this.row = document.createElement("div");
    this.row.className = "row";
    this.tip = document.createElement("div");
    this.tip.className = "tip";
    this.tip.hidden = true;
    this.live = document.createElement("div");
    this.live.className = "live";
    this.live.setAttribute("aria-live", "polite");
    this.help = document.createElement("p");
    this.help.className = "help";
    this.help.textContent = KEYS;
    this.box.append(this.bar, this.row, this.help, this.live, this.tip);
    this.root.append(this.box);
  }

  get items() {
    return window[STORE]?.get(this.token) ?? null;
  }

  update(data, send) {
    this.send = send;
    const isNew = data.token !== this.token;
    this.token = data.token;
    this.scene = {
      count: data.count,
      colours: decode(data.colours),
      sizes: decode(data.sizes),
      shapes: decode(data.shapes),
      isShown: decode(data.shown),
      lines: new Int32Array(decode(data.lines).buffer),
      hasPictures: data.hasPictures,
      theme: data.theme,
    };
    for (const name of ["surface", "text", "muted", "grid", "chosen"]) {
      this.box.style.setProperty(`--${name}`, data.theme[name]);
    }
    while (this.panes.length > data.maps.length) {
      const gone = this.panes.pop();
      this.observer.unobserve(gone.canvas);
      gone.box.remove();
    }
    while (this.panes.length < data.maps.length) {
      const added = new Pane(this, this.panes.length);
      this.panes.push(added);
      this.row.append(added.box);
      this.observer.observe(added.canvas);
    }
    const isCalm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.panes.forEach((pane, p) => pane.set(data.maps[p], !isNew && !isCalm && data.count <= 20000));
    if (isNew) {
      this.hovered = this.focused = -1;
      this.view.zoom = 1;
    }
    this.selected = new Set(data.selected);
    this.fit(isNew);
    this.drawSoon();
  }

  // The frame that holds all maps; where a person has zoomed in, the place stays.
  fit(isNew = false) {
    let left = Infinity, right = -Infinity, low = Infinity, top = -Infinity;
    for (const pane of this.panes) {
      for (let i = 0; i < this.scene.count; i++) {
        if (!this.scene.isShown[i]) continue;
        left = Math.min(left, pane.xy[2 * i]);
        right = Math.max(right, pane.xy[2 * i]);
        low = Math.min(low, pane.xy[2 * i + 1]);
        top = Math.max(top, pane.xy[2 * i + 1]);
      }
    }
    if (left > right) return;
    this.view.wide = right - left || 1;
    this.view.high = top - low || 1;
    this.centre = [(left + right) / 2, (low + top) / 2];
    if (isNew || this.view.zoom === 1) [this.view.x, this.view.y] = this.centre;
  }

  draw() {
    if (this.isAlive && this.scene) this.panes.forEach((pane) => pane.draw());
  }

  drawSoon() {
    cancelAnimationFrame(this.waiting);
    this.waiting = requestAnimationFrame(() => this.draw());
  }

  first() {
    if (this.selected.size) return Math.min(...this.selected);
    return this.scene.isShown.indexOf(1);
  }

  hover(i, pane, x, y) {
    if (i === this.hovered && i < 0) return;
    this.hovered = i;
    if (i < 0) this.tip.hidden = true;
    else this.explain(i, pane, x, y);
    this.drawSoon();
  }

  focus(i, pane) {
    this.focused = i;
    if (i < 0) return;
    pane.project();
    this.explain(i, pane, pane.at.x[i], pane.at.y[i]);
    const chosen = this.selected.has(i) ? "chosen, " : "";
    this.live.textContent = `${chosen}${this.items ? this.items.labels[i] : `point ${i + 1}`}`;
    this.drawSoon();
  }

  unfocus() {
    this.focused = -1;
    this.tip.hidden = true;
    this.drawSoon();
  }

  // The box beside a point. Words from outside are set as text, never as markup.
  explain(i, pane, x, y) {
    const items = this.items;
    if (!items) return;
    this.tip.replaceChildren();
    const picture = items.pictureOf[i], own = items.side;
    if (picture >= 0 && items.isLoaded) {
      const shown = document.createElement("canvas");
      shown.width = shown.height = own;
      const sx = (picture % items.columns) * own, sy = Math.floor(picture / items.columns) * own;
      shown.getContext("2d").drawImage(items.sprite, sx, sy, own, own, 0, 0, own, own);
      this.tip.append(shown);
    }
    const words = document.createElement("div");
    words.textContent = items.labels[i];
    this.tip.append(words);
    if (items.notes[i]) {
      const note = document.createElement("div");
      note.className = "note";
      note.textContent = items.notes[i];
      this.tip.append(note);
    }
    this.tip.hidden = false;
    const frame = this.box.getBoundingClientRect(), own_box = pane.canvas.getBoundingClientRect();
    const left = own_box.left - frame.left + x, top = own_box.top - frame.top + y;
    const wide = this.tip.offsetWidth, high = this.tip.offsetHeight;
    this.tip.style.left = `${Math.max(0, Math.min(left + 16, frame.width - wide))}px`;
    this.tip.style.top = `${top - high - 14 > 0 ? top - high - 14 : top + 18}px`;
  }

  toggle(i, isAdding) {
    if (i < 0 || this.scene.shapes[i] === SOUGHT) return;
    const next = new Set(isAdding ? this.selected : []);
    if (this.selected.has(i)) next.delete(i);
    else next.add(i);
    this.choose([...next]);
  }

  choose(rows) {
    this.selected = new Set(rows);
    this.drawSoon();
    this.live.textContent = `${this.selected.size} chosen`;
    this.send.setStateValue("chosen", { token: this.token, rows: [...this.selected].sort((a, b) => a - b) });
  }

  open(i) {
    if (i >= 0 && this.scene.shapes[i] !== SOUGHT) this.send.setTriggerValue("opened", { token: this.token, row: i });
  }

  zoomAt(pane, factor, x, y) {
    const before = pane.scale();
    this.view.zoom = Math.min(60, Math.max(1, this.view.zoom * factor));
    const after = pane.scale();
    this.view.x += (x - pane.width / 2) * (1 / before - 1 / after);
    this.view.y -= (y - pane.height / 2) * (1 / before - 1 / after);
    if (this.view.zoom === 1) [this.view.x, this.view.y] = this.centre;
    this.tip.hidden = true;
    this.drawSoon();
  }

  reset() {
    this.view.zoom = 1;
    [this.view.x, this.view.y] = this.centre;
    this.drawSoon();
  }

  save() {
    this.draw();
    const ratio = window.devicePixelRatio || 1, gap = 24 * ratio, head = 34 * ratio;
    const all = document.createElement("canvas");
    all.width = this.panes.reduce((sum, pane) => sum + pane.canvas.width + gap, -gap);
    all.height = Math.max(...this.panes.map((pane) => pane.canvas.height)) + head;
    const context = all.getContext("2d");
    context.fillStyle = this.scene.theme.surface;
    context.fillRect(0, 0, all.width, all.height);
    context.fillStyle = this.scene.theme.text;
    context.font = `600 ${15 * ratio}px system-ui, sans-serif`;
    let left = 0;
    for (const pane of this.panes) {
      context.fillText(pane.title.textContent, left + 8 * ratio, 22 * ratio);
      context.drawImage(pane.canvas, left, head);
      left += pane.canvas.width + gap;
    }
    const link = document.createElement("a");
    link.download = "common-space.png";
    link.href = all.toDataURL("image/png");
    link.click();
  }

  end() {
    this.isAlive = false;
    this.observer.disconnect();
    window.removeEventListener(STORE, this.hear);
    this.box.remove();
  }
}

const shown = new WeakMap();

export default function (component) {
  const { data, parentElement } = component;
  let maps = shown.get(parentElement);
  if (!maps || !maps.isAlive) {
    maps = new SpaceMaps(parentElement);
    shown.set(parentElement, maps);
  }
  clearTimeout(maps.ending);
  if (data) maps.update(data, component);
  // New data may come as an end and a beginning: what a person zoomed into must stay.
  return () => {
    maps.ending = setTimeout(() => {
      maps.end();
      shown.delete(parentElement);
    }, 300);
  };
}
