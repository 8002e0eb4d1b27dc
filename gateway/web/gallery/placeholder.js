/**
 * A ThumbHash as a tiny picture, to stand where the real one will be.
 *
 * Written after the format's description: the picture's lightness, two colour differences and
 * alpha, each by the first terms of a discrete cosine transform, packed in four bits a term.
 */

const LONGER_SIDE = 16;

/** @type {Map<string, ImageData | null>} */
const made = new Map();
const MOST = 500;

/** Draw it on a canvas: as an address, each would be one more picture to load.
 * @param {string} hash in base64 @returns {HTMLCanvasElement | null} */
export function toPlaceholder(hash) {
  const picture = made.get(hash) ?? decode(hash);
  if (made.size >= MOST) made.clear();
  made.set(hash, picture);
  if (!picture) return null;
  const canvas = document.createElement("canvas");
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.getContext("2d", { willReadFrequently: true })?.putImageData(picture, 0, 0);
  return canvas;
}

/** @param {string} hash @returns {ImageData | null} */
function decode(hash) {
  const bytes = toBytes(hash);
  if (bytes.length < 5) return null;
  const head = at(bytes, 0) | (at(bytes, 1) << 8) | (at(bytes, 2) << 16);
  const tail = at(bytes, 3) | (at(bytes, 4) << 8);
  const hasAlpha = head >> 23 === 1;
  const isLandscape = tail >> 15 === 1;
  const most = hasAlpha ? 5 : 7;
  const across = Math.max(3, isLandscape ? most : tail & 7);
  const down = Math.max(3, isLandscape ? tail & 7 : most);
  const terms = toTerms(bytes, hasAlpha ? 6 : 5);
  const l = { constant: (head & 63) / 63, terms: readTerms(terms, across, down, ((head >> 18) & 31) / 31) };
  const p = { constant: ((head >> 6) & 63) / 31.5 - 1, terms: readTerms(terms, 3, 3, (((tail >> 3) & 63) / 63) * 1.25) };
  const q = { constant: ((head >> 12) & 63) / 31.5 - 1, terms: readTerms(terms, 3, 3, (((tail >> 9) & 63) / 63) * 1.25) };
  const a = hasAlpha
    ? { constant: (at(bytes, 5) & 15) / 15, terms: readTerms(terms, 5, 5, (at(bytes, 5) >> 4) / 15) }
    : { constant: 1, terms: [] };
  const ratio = (isLandscape ? most : tail & 7) / (isLandscape ? tail & 7 : most) || 1;
  const width = Math.max(1, Math.round(ratio > 1 ? LONGER_SIDE : LONGER_SIDE * ratio));
  const height = Math.max(1, Math.round(ratio > 1 ? LONGER_SIDE / ratio : LONGER_SIDE));
  return paint(width, height, [l, p, q, a]);
}

/** @typedef {{x: number, y: number, value: number}} Term */
/** @typedef {{constant: number, terms: Term[]}} Channel */

/** @param {number} width @param {number} height @param {[Channel, Channel, Channel, Channel]} channels */
function paint(width, height, channels) {
  const picture = new ImageData(width, height);
  const [across, down] = [toCosines(width), toCosines(height)];
  /** @param {Channel} channel @param {number} x @param {number} y */
  const evaluate = ({ constant, terms }, x, y) => {
    let sum = constant;
    for (const term of terms) sum += 2 * term.value * (across[term.x * width + x] ?? 0) * (down[term.y * height + y] ?? 0);
    return sum;
  };
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 4) {
      const l = evaluate(channels[0], x, y);
      const q = evaluate(channels[2], x, y);
      const b = l - (2 / 3) * evaluate(channels[1], x, y);
      const r = (3 * l - b + q) / 2;
      picture.data.set([255 * r, 255 * (r - q), 255 * b, 255 * evaluate(channels[3], x, y)], i);
    }
  }
  return picture;
}

/** @type {Map<number, Float64Array>} */
const cosines = new Map();
const TERMS = 8;

/** A side's cosines, term by term: for each pixel anew they take long.
 * @param {number} side @returns {Float64Array} */
function toCosines(side) {
  const known = cosines.get(side) ?? new Float64Array(TERMS * side).map((_, i) => Math.cos((Math.PI * Math.floor(i / side) * ((i % side) + 0.5)) / side));
  cosines.set(side, known);
  return known;
}

/** @param {Iterator<number>} values @param {number} across @param {number} down @param {number} scale */
function readTerms(values, across, down, scale) {
  /** @type {Term[]} */
  const terms = [];
  for (let y = 0; y < down; y++) {
    for (let x = y ? 0 : 1; x * down < across * (down - y); x++) {
      terms.push({ x, y, value: ((values.next().value ?? 7.5) / 7.5 - 1) * scale });
    }
  }
  return terms;
}

/** @param {Uint8Array} bytes @param {number} start @returns {Iterator<number>} */
function* toTerms(bytes, start) {
  for (let i = start; i < bytes.length; i++) {
    yield at(bytes, i) & 15;
    yield at(bytes, i) >> 4;
  }
}

/** @param {string} hash */
function toBytes(hash) {
  try {
    return Uint8Array.from(atob(hash.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

/** @param {Uint8Array} bytes @param {number} i */
const at = (bytes, i) => bytes[i] ?? 0;
