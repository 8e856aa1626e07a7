// How points, pictures and lines get onto a canvas. Coordinates come in pixels of the page.

const DOT_MODE_FROM = 6000; // points: beyond, they are written as pixels, which stays fluent
const MOST_PICTURES = 160; // pictures in view, beyond which images are circles
const MOST_RINGS = 60; // chosen points: beyond, that the others are dimmed says enough
const IMAGE = 0, CAPTION = 1, SOUGHT = 2;

function decode(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function rgb(colours, i, opacity) {
  return `rgba(${colours[3 * i]},${colours[3 * i + 1]},${colours[3 * i + 2]},${opacity})`;
}

function tracePoint(context, shape, x, y, r) {
  context.beginPath();
  if (shape === IMAGE) {
    context.arc(x, y, r, 0, 2 * Math.PI);
  } else if (shape === CAPTION) {
    const d = r * 1.25;
    context.moveTo(x, y - d);
    context.lineTo(x + d, y);
    context.lineTo(x, y + d);
    context.lineTo(x - d, y);
    context.closePath();
  } else {
    for (let k = 0; k < 10; k++) {
      const reach = k % 2 ? r * 0.8 : r * 1.9;
      const angle = (Math.PI * k) / 5 - Math.PI / 2;
      context.lineTo(x + reach * Math.cos(angle), y + reach * Math.sin(angle));
    }
    context.closePath();
  }
}

function drawPoint(context, scene, i, x, y, opacity, isPlaced) {
  const { colours, sizes, shapes, theme } = scene;
  tracePoint(context, shapes[i], x, y, sizes[i] / 10);
  if (isPlaced) {
    context.strokeStyle = rgb(colours, i, opacity);
    context.lineWidth = 2;
    context.fillStyle = theme.surface;
    context.fill();
  } else {
    context.fillStyle = rgb(colours, i, opacity);
    context.fill();
    context.strokeStyle = theme.muted; // the palest colours need an edge
    context.lineWidth = 0.6;
  }
  context.stroke();
}

function drawPicture(context, scene, items, i, x, y, side, opacity) {
  const place = items.spriteOf[i], columns = items.columns, own = items.side;
  const sx = (place % columns) * own, sy = Math.floor(place / columns) * own;
  context.globalAlpha = opacity;
  context.fillStyle = rgb(scene.colours, i, 1);
  context.fillRect(x - side / 2 - 2.5, y - side / 2 - 2.5, side + 5, side + 5);
  context.drawImage(items.sprite, sx, sy, own, own, x - side / 2, y - side / 2, side, side);
  context.globalAlpha = 1;
}

// Thousands of points at once: straight into the picture's pixels.
function drawDots(context, scene, at, dimmed) {
  const canvas = context.canvas, ratio = window.devicePixelRatio || 1;
  const picture = context.getImageData(0, 0, canvas.width, canvas.height), pixels = picture.data;
  const { colours, shapes, sizes, count, isShown } = scene;
  for (let i = 0; i < count; i++) {
    if (!isShown[i]) continue;
    const opacity = dimmed && !dimmed.has(i) ? 0.2 : 0.85;
    const x = Math.round(at.x[i] * ratio), y = Math.round(at.y[i] * ratio);
    const r = Math.max(1, Math.round((sizes[i] / 10) * ratio * 0.6));
    if (x < r || y < r || x >= canvas.width - r || y >= canvas.height - r) continue;
    for (let dy = -r; dy <= r; dy++) {
      for (let dx = -r; dx <= r; dx++) {
        const isIn = shapes[i] === IMAGE ? dx * dx + dy * dy <= r * r : Math.abs(dx) + Math.abs(dy) <= r;
        if (!isIn) continue;
        const p = 4 * ((y + dy) * canvas.width + x + dx), under = pixels[p + 3] / 255;
        for (let c = 0; c < 3; c++) {
          pixels[p + c] = opacity * colours[3 * i + c] + (1 - opacity) * pixels[p + c] * (under ? 1 : 0);
        }
        pixels[p + 3] = 255 * (opacity + under * (1 - opacity));
      }
    }
  }
  context.putImageData(picture, 0, 0);
}

// Pairs in three strengths: those far longer than most stand out.
function drawLines(context, scene, at, xy, dimmed) {
  const { lines, isShown, theme } = scene;
  const count = lines.length / 2, length = new Float32Array(count);
  for (let l = 0; l < count; l++) {
    const i = lines[2 * l], j = lines[2 * l + 1];
    length[l] = Math.hypot(xy[2 * i] - xy[2 * j], xy[2 * i + 1] - xy[2 * j + 1]);
  }
  const sorted = Float32Array.from(length).sort();
  const middle = sorted[Math.floor(count / 2)] || 0, long = sorted[Math.floor(count * 0.9)] || 0;
  const strengths = [
    [theme.muted, 0.7, 0.22, (d) => d <= middle],
    [theme.muted, 0.9, 0.4, (d) => d > middle && d < long],
    [theme.chosen, 1.4, 0.75, (d) => d >= long && d > 0],
  ];
  for (const [colour, width, opacity, has] of strengths) {
    context.beginPath();
    for (let l = 0; l < count; l++) {
      const i = lines[2 * l], j = lines[2 * l + 1];
      if (!has(length[l]) || !isShown[i] || !isShown[j]) continue;
      if (dimmed && !dimmed.has(i) && !dimmed.has(j)) continue;
      context.moveTo(at.x[i], at.y[i]);
      context.lineTo(at.x[j], at.y[j]);
    }
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.globalAlpha = count > 1500 ? opacity * 0.5 : opacity;
    context.stroke();
  }
  context.globalAlpha = 1;
}

function isInside(x, y, polygon) {
  let isIn = false;
  for (let a = 0, b = polygon.length - 1; a < polygon.length; b = a++) {
    const [ax, ay] = polygon[a], [bx, by] = polygon[b];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) isIn = !isIn;
  }
  return isIn;
}
