// One map: a canvas with its title, drawn from the scene and the view that all maps share.

class Pane {
  constructor(maps, number) {
    this.maps = maps;
    this.number = number;
    this.box = document.createElement("div");
    this.box.className = "pane";
    this.title = document.createElement("div");
    this.title.className = "title";
    this.canvas = document.createElement("canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.box.append(this.title, this.canvas);
    this.polygon = null;
    this.at = { x: new Float32Array(0), y: new Float32Array(0) };
    listen(this);
  }

  get width() { return this.canvas.clientWidth; }
  get height() { return this.canvas.clientHeight; }

  set(map, animate) {
    this.title.textContent = map.title;
    this.canvas.setAttribute("aria-label", map.alt);
    this.isPlaced = decode(map.placed);
    const goal = new Float32Array(decode(map.xy).buffer);
    const start = this.xy;
    this.xy = goal;
    if (!animate || !start || start.length !== goal.length || isSame(start, goal)) return;
    const from = performance.now(), time = 700;
    const step = (now) => {
      const t = Math.min(1, (now - from) / time), eased = t * t * (3 - 2 * t);
      this.xy = t < 1 ? goal.map((value, i) => start[i] + eased * (value - start[i])) : goal;
      this.maps.fit();
      this.maps.draw();
      if (t < 1 && this.maps.isAlive) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  project() {
    const { view, scene } = this.maps, count = scene.count;
    const scale = this.scale();
    if (this.at.x.length !== count) {
      this.at = { x: new Float32Array(count), y: new Float32Array(count) };
    }
    for (let i = 0; i < count; i++) {
      this.at.x[i] = this.width / 2 + (this.xy[2 * i] - view.x) * scale;
      this.at.y[i] = this.height / 2 - (this.xy[2 * i + 1] - view.y) * scale;
    }
  }

  scale() {
    const { view } = this.maps;
    return view.zoom * Math.min((this.width - 44) / view.wide, (this.height - 44) / view.high);
  }

  draw() {
    const ratio = window.devicePixelRatio || 1, { maps, canvas } = this;
    if (!this.xy || !this.width) return;
    const wide = Math.round(this.width * ratio), high = Math.round(this.height * ratio);
    if (canvas.width !== wide || canvas.height !== high) {
      canvas.width = wide;
      canvas.height = high;
    }
    const context = canvas.getContext("2d", { willReadFrequently: maps.scene.count > DOT_MODE_FROM });
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    this.project();
    const { scene, selected, items } = maps;
    const dimmed = selected.size ? selected : null;
    if (scene.lines.length) drawLines(context, scene, this.at, this.xy, dimmed);
    const inView = this.inView();
    if (inView.length > DOT_MODE_FROM) drawDots(context, scene, this.at, dimmed);
    else this.drawMarks(context, inView, dimmed, items);
    this.drawRings(context);
    if (this.polygon) this.drawLasso(context);
  }

  inView() {
    const found = [], { scene } = this.maps;
    for (let i = 0; i < scene.count; i++) {
      const x = this.at.x[i], y = this.at.y[i];
      if (scene.isShown[i] && x > -40 && y > -40 && x < this.width + 40 && y < this.height + 40) {
        found.push(i);
      }
    }
    return found;
  }

  drawMarks(context, inView, dimmed, items) {
    const { scene } = this.maps;
    const images = inView.filter((i) => scene.shapes[i] === IMAGE);
    const hasPictures = scene.hasPictures && items && items.isLoaded && images.length <= MOST_PICTURES;
    const room = Math.sqrt((this.width * this.height) / Math.max(1, images.length));
    const side = Math.max(16, Math.min(items ? items.side : 0, 84, room * 0.42));
    this.side = hasPictures ? side : 0;
    const order = dimmed ? [...inView].sort((a, b) => dimmed.has(a) - dimmed.has(b)) : inView;
    for (const kind of [IMAGE, CAPTION, SOUGHT]) {
      for (const i of order) {
        if (scene.shapes[i] !== kind) continue;
        const opacity = dimmed && !dimmed.has(i) ? 0.22 : 0.92, x = this.at.x[i], y = this.at.y[i];
        if (kind === IMAGE && hasPictures && items.spriteOf[i] >= 0) {
          drawPicture(context, scene, items, i, x, y, side, opacity);
        } else drawPoint(context, scene, i, x, y, opacity, this.isPlaced[i]);
      }
    }
  }

  drawRings(context) {
    const { selected, hovered, focused, scene } = this.maps;
    const ring = (i, colour, width) => {
      const isPicture = this.side && scene.shapes[i] === IMAGE;
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.beginPath();
      const x = this.at.x[i], y = this.at.y[i], half = this.side / 2 + 3;
      if (isPicture) context.rect(x - half, y - half, 2 * half, 2 * half);
      else context.arc(x, y, scene.sizes[i] / 10 + 3.5, 0, 2 * Math.PI);
      context.stroke();
    };
    if (selected.size <= MOST_RINGS) for (const i of selected) ring(i, scene.theme.chosen, 2);
    this.drawOwnLines(context, hovered >= 0 ? hovered : focused);
    if (focused >= 0 && focused < scene.count) ring(focused, scene.theme.text, 3);
    if (hovered >= 0 && hovered < scene.count) ring(hovered, scene.theme.text, 2);
  }

  // The lines of the point that is looked at, above everything else.
  drawOwnLines(context, i) {
    const { lines, theme } = this.maps.scene;
    context.beginPath();
    for (let l = 0; l < lines.length; l += 2) {
      if (lines[l] !== i && lines[l + 1] !== i) continue;
      context.moveTo(this.at.x[lines[l]], this.at.y[lines[l]]);
      context.lineTo(this.at.x[lines[l + 1]], this.at.y[lines[l + 1]]);
    }
    context.strokeStyle = theme.text;
    context.lineWidth = 2;
    context.stroke();
  }

  drawLasso(context) {
    context.beginPath();
    this.polygon.forEach(([x, y]) => context.lineTo(x, y));
    context.closePath();
    context.fillStyle = this.maps.scene.theme.chosen;
    context.globalAlpha = 0.12;
    context.fill();
    context.globalAlpha = 1;
    context.strokeStyle = this.maps.scene.theme.chosen;
    context.lineWidth = 1.5;
    context.stroke();
  }

  nearest(x, y, reach = 14) {
    const { scene } = this.maps;
    let best = -1, least = Infinity;
    for (let i = 0; i < scene.count; i++) {
      if (!scene.isShown[i]) continue;
      const dx = Math.abs(this.at.x[i] - x), dy = Math.abs(this.at.y[i] - y);
      const isPicture = this.side && scene.shapes[i] === IMAGE;
      // A small mark on a picture can still be chosen: a picture counts as a little further off.
      const distance = isPicture ? Math.max(0, Math.max(dx, dy) - this.side / 2) + 6 : Math.hypot(dx, dy);
      if (distance < Math.min(least, reach)) {
        least = distance;
        best = i;
      }
    }
    return best;
  }

  enclosed() {
    const { scene } = this.maps, found = [];
    for (let i = 0; i < scene.count; i++) {
      const isIn = scene.isShown[i] && scene.shapes[i] !== SOUGHT;
      if (isIn && isInside(this.at.x[i], this.at.y[i], this.polygon)) found.push(i);
    }
    return found;
  }
}

function isSame(a, b) {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
