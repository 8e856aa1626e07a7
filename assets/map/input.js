// What a hand does on a map: hover, choose, lasso, move, zoom, by pointer and by keys.

const WAYS = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
};

function listen(pane) {
  const { canvas, maps } = pane;
  let dragged = null;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    const [x, y] = place(event);
    const isMove = (maps.tool === "move") !== event.altKey;
    dragged = { x, y, isMove, isFar: false };
    if (maps.isArmed || event.pointerType === "mouse") canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const [x, y] = place(event);
    if (!dragged) return maps.hover(pane.nearest(x, y), pane, x, y);
    if (!dragged.isFar && Math.hypot(x - dragged.x, y - dragged.y) < 4) return;
    if (!dragged.isFar) {
      dragged.isFar = true;
      maps.hover(-1);
      if (!dragged.isMove) pane.polygon = [[dragged.x, dragged.y]];
    }
    if (dragged.isMove) {
      maps.view.x -= (x - dragged.x) / pane.scale();
      maps.view.y += (y - dragged.y) / pane.scale();
      [dragged.x, dragged.y] = [x, y];
    } else pane.polygon.push([x, y]);
    maps.drawSoon();
  });
  canvas.addEventListener("pointerup", (event) => {
    if (!dragged) return;
    const isAdding = event.shiftKey || event.ctrlKey || event.metaKey;
    if (pane.polygon) {
      const found = pane.enclosed();
      pane.polygon = null;
      maps.choose(isAdding ? [...maps.selected, ...found] : found);
    } else if (!dragged.isFar) {
      const found = pane.nearest(...place(event));
      if (found >= 0) maps.toggle(found, isAdding);
      else if (!isAdding) maps.choose([]);
    }
    dragged = null;
    maps.drawSoon();
  });
  canvas.addEventListener("pointercancel", () => {
    dragged = pane.polygon = null;
    maps.drawSoon();
  });
  canvas.addEventListener("pointerleave", () => maps.hover(-1));
  canvas.addEventListener("dblclick", (event) => {
    const found = pane.nearest(...place(event));
    if (found >= 0) maps.open(found);
  });
  canvas.addEventListener("wheel", (event) => {
    // Only where the map is meant: a page that is scrolled past must not zoom.
    if (!event.ctrlKey && canvas.getRootNode().activeElement !== canvas) return;
    event.preventDefault();
    maps.zoomAt(pane, Math.exp(-event.deltaY * 0.0016), ...place(event));
  }, { passive: false });
  canvas.addEventListener("focus", () => {
    // A hand that takes hold of the map looks for no point; the tabulator key does.
    if (canvas.matches(":focus-visible")) maps.focus(maps.focused >= 0 ? maps.focused : maps.first(), pane);
  });
  canvas.addEventListener("blur", () => maps.unfocus());
  canvas.addEventListener("keydown", (event) => {
    if (pressed(pane, event)) {
      event.preventDefault();
      event.stopPropagation();
    }
  });
}

function pressed(pane, event) {
  const { maps } = pane;
  const way = WAYS[event.key];
  if (event.ctrlKey || event.metaKey) return false;
  if (way && event.shiftKey) {
    maps.view.x += (40 * way[0]) / pane.scale();
    maps.view.y -= (40 * way[1]) / pane.scale();
    maps.drawSoon();
  } else if (way) maps.focus(step(pane, maps.focused, way), pane);
  else if (event.key === " ") maps.toggle(maps.focused, true);
  else if (event.key === "n" || event.key === "N") maps.choose([...maps.selected, ...around(pane, maps.focused)]);
  else if (event.key === "Enter") maps.open(maps.focused);
  else if (event.key === "Escape" && maps.selected.size) maps.choose([]);
  else if (event.key === "+" || event.key === "=") maps.zoomAt(pane, 1.3, pane.width / 2, pane.height / 2);
  else if (event.key === "-") maps.zoomAt(pane, 1 / 1.3, pane.width / 2, pane.height / 2);
  else if (event.key === "0") maps.reset();
  else return false;
  return true;
}

// The nearest point in a direction; what lies aside counts as further away.
function step(pane, from, [dx, dy]) {
  const { scene } = pane.maps, { x, y } = pane.at;
  if (from < 0) return pane.maps.first();
  let best = from, least = Infinity;
  for (let i = 0; i < scene.count; i++) {
    if (i === from || !scene.isShown[i]) continue;
    const along = (x[i] - x[from]) * dx + (y[i] - y[from]) * dy;
    const aside = Math.abs((x[i] - x[from]) * dy) + Math.abs((y[i] - y[from]) * dx);
    if (along > 0.5 && along + 2 * aside < least) {
      least = along + 2 * aside;
      best = i;
    }
  }
  return best;
}

// A point and the ten nearest to it on this map.
function around(pane, centre, most = 10) {
  const { scene } = pane.maps, { x, y } = pane.at;
  if (centre < 0) return [];
  const others = [];
  for (let i = 0; i < scene.count; i++) {
    if (!scene.isShown[i] || scene.shapes[i] === SOUGHT || i === centre) continue;
    others.push([Math.hypot(x[i] - x[centre], y[i] - y[centre]), i]);
  }
  others.sort((a, b) => a[0] - b[0]);
  return [centre, ...others.slice(0, most).map(([, i]) => i)];
}
