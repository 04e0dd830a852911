/**
 * Categorical rasters in the browser, without dependencies: tile URLs, layers, legend.
 *
 * API Gateway answers 400 to a raw `{`, `}` or `|`, and browsers leave some of them raw. So all of
 * a component is encoded but `A-Z a-z 0-9 - _ . ~`, once. The functions of URLs give byte for byte
 * what their namesakes in the Python package `categorical.urls` give, and throw a RangeError that
 * holds the offending value where Python raises a ValueError.
 */

/** API Gateway's longest URL, in bytes: of an edge-optimised API (CloudFront), of a regional one. */
export const EDGE_BYTES = 8192;
export const REGIONAL_BYTES = 10240;

const MAX_ZOOM = 30;
const TILE_SIDE = 256;
const LEAFLET_MAX_ZOOM = 24; // its own default is 18
const TEMPLATE = '{z}/{x}/{y}';
const LONGEST = [MAX_ZOOM, 2 ** MAX_ZOOM - 1, 2 ** MAX_ZOOM - 1].join('/');
const ROUTES = ['singleband', 'categorical'];
const RESERVED = ['colormap', 'explicit_color_map', 'tile', 'max_bytes', 'maxBytes'];
const REMEDY = 'the short way is /categorical/..., in registered colours (categoricalUrl)';

const BASE =
  /^https?:\/\/(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:\/[A-Za-z0-9._~!$&'()*+,=:@-]+)*$/i;
const KEY_FAULT = /[/?#%\\]|[\p{Cc}\p{Cs}]/u;
const UNSENDABLE = /[\p{Cc}\p{Cs}]/u;
// What Python's str.strip() takes for a space; JavaScript's trim() has another list.
const SPACE =
  '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const SPACE_AT_AN_END = new RegExp(`^${SPACE}+|${SPACE}+$`, 'g');
const HEX = /^#?([0-9A-Fa-f]{3}|[0-9A-Fa-f]{4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})$/;
const INTEGER = /^([+-]?[0-9]{1,20})(?:\.0{1,20})?$/;
const OPTION_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const ADDRESS = /^([0-9]{1,10})\/([0-9]{1,10})\/([0-9]{1,10})$/;

/** One component of a URL: everything encoded but `A-Z a-z 0-9 - _ . ~`. */
export function quoteComponent(text) {
  if (typeof text !== 'string') fail(`${shown(text)} is not text`);
  try {
    return encodeURIComponent(text).replace(
      /[!'()*]/g,
      (char) => `%${hex(char.charCodeAt(0)).toUpperCase()}`,
    );
  } catch {
    return fail(`${shown(text)} holds half a surrogate pair, which is no text`);
  }
}

/** The encoded value of `explicit_color_map` for {pixel value: colour}, an object or a Map. */
export function explicitColorMap(colors) {
  const entries = readColors(entriesOf(colors)).map(
    ([value, color]) => `"${value}":${JSON.stringify(written(color))}`,
  );
  return quoteComponent(`{${entries.join(',')}}`);
}

/** The URL of a tile in these colours, or a template with a literal `{z}/{x}/{y}`. */
export function singlebandUrl(base, keys, colors, settings = {}) {
  const { tile, maxBytes = EDGE_BYTES, ...options } = checkSettings(settings);
  const query = ['colormap=explicit', `explicit_color_map=${explicitColorMap(colors)}`];
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined)
      query.push(`${checkOptionName(name)}=${quoteComponent(writeOption(value))}`);
  }
  return shortEnough(buildUrl(base, 'singleband', keys, tile, query), maxBytes, REMEDY);
}

/** The short URL of a tile in the registered colours; `show` are the labels to draw. */
export function categoricalUrl(base, keys, settings = {}) {
  const { tile, show = [], version, maxBytes = EDGE_BYTES, ...others } = checkSettings(settings);
  for (const name of Object.keys(others)) fail(`${shown(name)} is no setting of categoricalUrl`);
  const query = several(show, 'labels').map(
    (label) => `show=${quoteComponent(checkGiven(label, 'label'))}`,
  );
  if (version != null) query.push(`v=${quoteComponent(checkGiven(version, 'version'))}`);
  return shortEnough(
    buildUrl(base, 'categorical', keys, tile, query),
    maxBytes,
    'show fewer labels',
  );
}

/** What singlebandUrl or categoricalUrl made `url` of, also after it was re-encoded on the way. */
export function parseUrl(url) {
  if (typeof url !== 'string') fail(`${shown(url)} is no URL`);
  if (UNSENDABLE.test(url))
    fail(`the URL ${shown(url)} holds a control character or half a surrogate pair`);
  if (url.includes('#')) fail(`the URL ${shown(url)} holds a raw #, and nothing after it is sent`);
  const [path, query] = partition(url, '?');
  const address = readPath(path);
  const parameters = readQuery(query);
  const rest =
    address.kind === 'singleband' ? readSingleband(once(parameters)) : readCategorical(parameters);
  return { ...address, ...rest };
}

// --- the layer in a map library ---------------------------------------------------------------------
//
// Each of these takes the document of /tilejson and gives what the library wants. Without its own
// word for it every library blends neighbouring classes once a tile is drawn larger than it is.

/** Options of `L.tileLayer(tilejson.tiles[0], ...)`; crisp with `.on('tileloadstart', crisp)`. */
export function leafletOptions(tilejson) {
  const [west, south, east, north] = tilejson.bounds;
  return {
    bounds: [
      [south, west],
      [north, east],
    ],
    minZoom: tilejson.minzoom,
    maxZoom: LEAFLET_MAX_ZOOM,
    maxNativeZoom: tilejson.maxzoom,
    attribution: tilejson.attribution ?? '',
  };
}

/** Handler of Leaflet's `tileloadstart`: pixels keep their edges when a tile is enlarged. */
export function crisp({ tile }) {
  tile.style.imageRendering = 'pixelated';
}

/** Options of `new ol.source.TileJSON(...)`. */
export function openLayersOptions(tilejson) {
  return { tileJSON: tilejson, crossOrigin: 'anonymous', interpolate: false, transition: 0 };
}

/** The source for MapLibre GL's `map.addSource(id, ...)`. */
export function mapLibreSource(tilejson) {
  const { tiles, bounds, minzoom, maxzoom, attribution = '' } = tilejson;
  return { type: 'raster', tiles, bounds, minzoom, maxzoom, attribution, tileSize: TILE_SIDE };
}

/** The layer for MapLibre GL's `map.addLayer(...)`, of the source with the id `source`. */
export function mapLibreLayer(id, source = id) {
  const paint = { 'raster-resampling': 'nearest', 'raster-fade-duration': 0 };
  return { id, source, type: 'raster', paint };
}

/** Properties of deck.gl's `new TileLayer(...)`; `BitmapLayer` is deck.gl's class. */
export function deckOptions(tilejson, BitmapLayer) {
  const nearest = { minFilter: 'nearest', magFilter: 'nearest', mipmapFilter: 'nearest' };
  return {
    data: tilejson.tiles,
    extent: tilejson.bounds,
    minZoom: tilejson.minzoom,
    maxZoom: tilejson.maxzoom,
    tileSize: TILE_SIDE,
    renderSubLayers({ data, tile, ...props }) {
      const [[west, south], [east, north]] = tile.boundingBox;
      const bounds = [west, south, east, north];
      return new BitmapLayer(props, {
        data: null,
        image: data,
        bounds,
        textureParameters: nearest,
      });
    },
  };
}

// --- the legend -------------------------------------------------------------------------------------

/**
 * Fills `element` with the legend of `classes`, those of /classes, /tilejson or /legend; gives the
 * list. With `onChange` each class has a switch, and `onChange(show)` is called with what
 * categoricalUrl takes as `show`: labels, [] for all of them; null where nothing is to be drawn.
 *
 * Style it by `.categorical-legend`, its `li`, `.categorical-swatch`, `.categorical-label`.
 */
export function legend(element, classes, { onChange } = {}) {
  const page = element.ownerDocument;
  const drawn = classes.filter((item) => !item.nodata);
  const list = create(page, 'ul', 'categorical-legend');
  list.setAttribute('role', 'list'); // which Safari drops with the bullets
  Object.assign(list.style, { listStyle: 'none', margin: '0', padding: '0' });
  list.append(...drawn.map((item) => legendItem(page, item, Boolean(onChange))));
  if (onChange) list.addEventListener('change', () => onChange(chosen(list, drawn)));
  element.replaceChildren(list);
  return list;
}

function legendItem(page, item, switched) {
  const line = create(page, 'li');
  line.dataset.value = item.value;
  const row = line.appendChild(create(page, switched ? 'label' : 'span'));
  Object.assign(row.style, { display: 'flex', alignItems: 'baseline', gap: '0.5em' });
  if (switched) {
    const box = row.appendChild(create(page, 'input'));
    Object.assign(box, { type: 'checkbox', checked: true, value: item.value });
  }
  const label = create(page, 'span', 'categorical-label');
  label.textContent = item.title ?? item.label;
  label.dir = 'auto';
  row.append(swatch(page, item), label);
  return line;
}

function swatch(page, item) {
  const mark = create(page, 'span', 'categorical-swatch');
  mark.setAttribute('aria-hidden', 'true');
  Object.assign(mark.style, {
    flex: 'none',
    width: '1em',
    height: '1em',
    position: 'relative',
    top: '0.12em', // on the line of the label's first row
    boxSizing: 'border-box',
    border: '1px solid rgb(128 128 128 / 60%)',
    borderRadius: '2px',
    background: `#${item.color_hint ?? item.color}${hex(item.alpha ?? 255)}`,
    forcedColorAdjust: 'none',
  });
  return mark;
}

/** What is to be shown: `show` as categoricalUrl takes it, or null for nothing. */
function chosen(list, classes) {
  const on = [...list.querySelectorAll('input')].map((box) => box.checked);
  if (!on.includes(true)) return null;
  return on.includes(false) ? classes.filter((_, i) => on[i]).map((c) => c.title ?? c.label) : [];
}

function create(page, name, className = '') {
  return Object.assign(page.createElement(name), { className });
}

// --- the parts of a URL ---------------------------------------------------------------------------

function buildUrl(base, route, keys, tile, query) {
  const values = checkKeys(keys).map(quoteComponent);
  const path = [checkBase(base), route, ...values, writeTile(tile)].join('/');
  return query.length ? `${path}.png?${query.join('&')}` : `${path}.png`;
}

/** A template has to fit with the longest tile address filled in. */
function shortEnough(url, maxBytes, remedy) {
  if (!Number.isInteger(maxBytes) || maxBytes < 1)
    fail(`maxBytes is ${shown(maxBytes)}, not a number of bytes`);
  const { length } = url.replace(TEMPLATE, LONGEST);
  if (length > maxBytes) fail(`the URL has ${length} bytes, more than ${maxBytes}: ${remedy}`);
  return url;
}

function checkBase(base) {
  const text = typeof base === 'string' ? base.replace(/\/+$/, '') : '';
  if (!BASE.test(text))
    fail(`${shown(base)} is no base URL: give http(s)://host and at most a stage path, no query`);
  if (
    text
      .split('/')
      .slice(3)
      .some((step) => ROUTES.includes(step))
  ) {
    fail(`the base URL ${shown(base)} already holds a route: give what is before`);
  }
  return text;
}

function checkKeys(keys) {
  const values = several(keys, 'key values').map(checkKeyValue);
  if (!values.length) fail('() names no dataset: give at least one key value');
  return values;
}

function checkKeyValue(value) {
  if (typeof value !== 'string') fail(`the key value ${shown(value)} is not text`);
  const fault = KEY_FAULT.exec(value);
  if (fault)
    fail(`the key value ${shown(value)} holds ${shown(fault[0])}, which no URL keeps: rename it`);
  if (value === '' || value !== strip(value))
    fail(`the key value ${shown(value)} is empty or begins or ends with a space`);
  if (value === '.' || value === '..')
    fail(`the key value ${shown(value)} is a path step, which URLs leave out`);
  return value;
}

function checkTile(tile) {
  const parts = Array.isArray(tile) ? tile : [tile?.z, tile?.x, tile?.y];
  if (parts.length !== 3 || !parts.every(Number.isSafeInteger))
    fail(`the tile ${shown(tile)} is not three integers (z, x, y)`);
  const [z, x, y] = parts;
  if (z < 0 || z > MAX_ZOOM)
    fail(`the zoom of the tile ${shown(tile)} is not between 0 and ${MAX_ZOOM}`);
  const last = 2 ** z - 1;
  if (x < 0 || x > last || y < 0 || y > last)
    fail(`the tile ${shown(tile)} is outside: at its zoom x and y end at ${last}`);
  return parts;
}

function writeTile(tile) {
  return tile == null ? TEMPLATE : checkTile(tile).join('/');
}

// --- colours ----------------------------------------------------------------------------------------

/** [[pixel value as BigInt, [red, green, blue, alpha]], ...] in numeric order. */
function readColors(pairs) {
  const read = new Map();
  for (const [key, given] of pairs) {
    const value = pixelValue(key);
    if (read.has(value)) fail(`the pixel value ${value} has more than one colour: ${shown(key)}`);
    read.set(value, parseColor(given, value));
  }
  if (!read.size) fail('the colour map {} is empty: give at least one colour');
  return [...read].sort(([one], [two]) => (one < two ? -1 : 1));
}

function entriesOf(colors) {
  if (colors instanceof Map) return colors;
  if (colors === null || typeof colors !== 'object' || Symbol.iterator in colors) {
    fail(`${shown(colors)} is no mapping from pixel values to colours`);
  }
  return Object.entries(colors);
}

/** BigInt, because the values of 64-bit rasters do not fit into a number. */
function pixelValue(key) {
  let value = null;
  if (typeof key === 'bigint') value = key;
  else if (Number.isSafeInteger(key)) value = BigInt(key);
  else if (typeof key === 'string' && INTEGER.test(key))
    value = BigInt(INTEGER.exec(key)[1].replace('+', ''));
  if (value === null) fail(`the pixel value ${shown(key)} is not an integer`);
  if (value < -(2n ** 63n) || value >= 2n ** 64n)
    fail(`the pixel value ${shown(key)} is outside of the 64-bit integers`);
  return value;
}

function parseColor(given, value) {
  const channels = typeof given === 'string' ? hexChannels(given) : listChannels(given);
  if (!channels) {
    fail(
      `pixel value ${value}: ${shown(given)} is no colour: give hex digits such as "99d594", or three or four whole numbers from 0 to 255`,
    );
  }
  return channels.length === 3 ? [...channels, 255] : [...channels];
}

function hexChannels(text) {
  let digits = HEX.exec(strip(text))?.[1];
  if (digits?.length < 6) digits = digits.replace(/./g, '$&$&');
  return digits?.match(/../g).map((pair) => parseInt(pair, 16));
}

function listChannels(given) {
  const listed = Array.isArray(given) || ArrayBuffer.isView(given);
  const fits = (channel) => Number.isInteger(channel) && channel >= 0 && channel <= 255;
  return listed && (given.length === 3 || given.length === 4) && given.every(fits) ? given : null;
}

/** Six lower-case hex digits, or RGBA where not opaque. */
function written(color) {
  return color[3] === 255 ? color.slice(0, 3).map(hex).join('') : color;
}

// --- further parameters -----------------------------------------------------------------------------

function checkOptionName(name) {
  if (!OPTION_NAME.test(name) || RESERVED.includes(name))
    fail(`${shown(name)} is no name of a further parameter`);
  return name;
}

/** Text as it is; a number, true, false or a flat list as JSON. */
function writeOption(value) {
  if (typeof value === 'string') return value;
  return Array.isArray(value) ? `[${Array.from(value, writeItem).join(',')}]` : writeScalar(value);
}

function writeItem(item) {
  if (item === null) return 'null';
  if (typeof item !== 'string') return writeScalar(item);
  quoteComponent(item); // refuses half a surrogate pair, which JSON would escape
  return JSON.stringify(item);
}

function writeScalar(value) {
  const size = typeof value === 'bigint' ? Number(value) : value;
  if (
    typeof value === 'boolean' ||
    (typeof size === 'number' && Math.abs(size) <= Number.MAX_SAFE_INTEGER)
  )
    return String(value);
  return fail(`${shown(value)} is no value of a parameter: give text, a number or a list`);
}

/** The value that `text` spells canonically, else `text`. */
function readOption(text) {
  try {
    const value = JSON.parse(text);
    return writeOption(value) === text ? value : text;
  } catch {
    return text;
  }
}

// --- reading ----------------------------------------------------------------------------------------

function readPath(path) {
  if (path.includes('%25'))
    fail(`${shown(path)} is encoded twice: it holds %25, and no key holds a %`);
  const raw = path.split('/');
  const steps = raw.map(unquoteComponent);
  const route = steps.findIndex((step) => ROUTES.includes(step));
  if (route < 0 || !steps.at(-1).endsWith('.png'))
    fail(`${shown(path)} is no /singleband/... or /categorical/... tile (.png)`);
  return {
    kind: steps[route],
    base: checkBase(raw.slice(0, route).join('/')),
    tile: readTile(
      steps
        .slice(route + 1)
        .slice(-3)
        .join('/')
        .replace(/\.png$/, ''),
    ),
    keys: checkKeys(steps.slice(route + 1, -3)),
  };
}

function readTile(text) {
  if (text === TEMPLATE) return null;
  const address = ADDRESS.exec(text);
  if (!address) fail(`${shown(text)} is no tile: three numbers z/x/y, or ${TEMPLATE}`);
  return checkTile(address.slice(1).map(Number));
}

/** The parameters, decoded; a `+` is a space, as every form decoder reads it. */
function readQuery(query) {
  if (query.includes(';'))
    fail(`the query ${shown(query)} holds a raw ;, at which API Gateway splits it`);
  const pairs = query.split('&').filter(Boolean);
  return pairs.map((pair) => partition(pair.replace(/\+/g, ' '), '=').map(unquoteComponent));
}

function readSingleband(given) {
  const { colormap, explicit_color_map: colors, ...further } = Object.fromEntries(given);
  if (colormap !== 'explicit' || colors === undefined)
    fail(`colormap is ${shown(colormap)}, explicit_color_map ${shown(colors)}`);
  if (/^%7B/i.test(colors)) fail(`the colour map ${shown(colors)} is encoded twice`);
  const options = Object.entries(further).map(([name, text]) => [
    checkOptionName(name),
    readOption(text),
  ]);
  const read = readColors(parsePairs(colors)).map(([value, color]) => [`${value}`, written(color)]);
  return { colors: Object.fromEntries(read), options: Object.fromEntries(options) };
}

function readCategorical(parameters) {
  const show = parameters
    .filter(([name]) => name === 'show')
    .map(([, text]) => checkGiven(text, 'label'));
  const given = once(parameters.filter(([name]) => name !== 'show'));
  const version = given.has('v') ? checkGiven(given.get('v'), 'version') : null;
  given.delete('v');
  if (given.size) fail(`${shown([...given])} is not among the parameters of a categorical tile`);
  return { show, version };
}

/** The pairs of a JSON object; JSON.parse would keep the last of two equal names in silence. */
function parsePairs(text) {
  let parsed = null;
  try {
    parsed = JSON.parse(text);
  } catch {
    fail(`the colour map ${shown(text)} is no JSON`);
  }
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed))
    fail(`the colour map ${shown(text)} is no JSON object`);
  const pairs = Object.entries(parsed);
  const names = [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)].filter(([, colon]) => colon);
  if (names.length !== pairs.length)
    fail(`the colour map ${shown(text)} holds a pixel value twice, or an object`);
  return pairs;
}

function unquoteComponent(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return fail(`${shown(text)} is no percent-encoding of UTF-8: a % is written %25`);
  }
}

function partition(text, separator) {
  const place = text.indexOf(separator);
  return place < 0 ? [text, ''] : [text.slice(0, place), text.slice(place + 1)];
}

function once(parameters) {
  const given = new Map();
  for (const [name, text] of parameters) {
    if (given.has(name)) fail(`the parameter ${shown(name)} is given more than once`);
    given.set(name, text);
  }
  return given;
}

// --- checks -----------------------------------------------------------------------------------------

function checkSettings(settings) {
  if (settings === null || typeof settings !== 'object')
    fail(`${shown(settings)} is no object of settings`);
  return settings;
}

/** One text is not several, and a Map or Set is not a list in Python either. */
function several(values, what) {
  const listed = values !== null && typeof values === 'object' && Symbol.iterator in values;
  if (!listed || values instanceof Map || values instanceof Set)
    fail(`${shown(values)} is no list of ${what}`);
  return [...values];
}

function checkGiven(text, what) {
  if (typeof text !== 'string' || !text) fail(`the ${what} ${shown(text)} is empty or no text`);
  return text;
}

function strip(text) {
  return text.replace(SPACE_AT_AN_END, '');
}

function hex(number) {
  return number.toString(16).padStart(2, '0');
}

function fail(message) {
  throw new RangeError(message);
}

/** `value` as an error's text quotes it, cut to 80 characters. */
function shown(value) {
  if (typeof value !== 'object' && typeof value !== 'string') return String(value);
  const json = (key, item) => (isBeyondJson(item) ? String(item) : item);
  let text;
  try {
    text = JSON.stringify(value, json);
  } catch {
    text = Object.prototype.toString.call(value); // it holds itself
  }
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function isBeyondJson(item) {
  return typeof item === 'bigint' || (typeof item === 'number' && !Number.isFinite(item));
}
