/** The map page: wires the map, its panel and the API. */

import { leafletOptions, parseUrl } from './categorical.js';
import { Api, Latest, datasetPath } from './map_api.js';
import { Areas } from './map_areas.js';
import { Classes } from './map_classes.js';
import { Code } from './map_code.js';
import { Dates, datesOf } from './map_dates.js';
import { Tiles, tileUrls } from './map_layer.js';
import { Notice } from './map_notice.js';
import { Place } from './map_place.js';

const MAX_ZOOM = 24;
const WORLD = [-180, -85, 180, 85];

const byId = (id) => document.getElementById(id);
const facts = JSON.parse(byId('facts').textContent);
const base = new URL(facts.root, location.href).href.replace(/\/$/, '');
const api = new Api(base);
const latest = new Latest();
const notice = new Notice();
const map = makeMap();
const outline = L.rectangle(corners(WORLD), { className: 'outline', interactive: false });
outline.setStyle({ fill: false, weight: 1, dashArray: '4 4' });
const tiles = new Tiles(map, (failed) =>
  notice.tell('tiles', failed ? 'Some tiles did not come.' : '', () => tiles.redraw()),
);
let shown = { keys: facts.keys };
let framed = false;
let middle; // [longitude, latitude, zoom], as TileJSON has it

opacitySlider();
byId('whole').addEventListener('click', whole);
if (facts.classified) showClasses();
else showContinuous();

function makeMap() {
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const made = L.map('map', {
    maxZoom: MAX_ZOOM,
    fadeAnimation: false,
    zoomAnimation: !calm,
    inertia: !calm,
    worldCopyJump: true,
  });
  made.attributionControl.setPrefix('<a href="https://leafletjs.com">Leaflet</a>');
  L.control.scale({ imperial: false }).addTo(made);
  showFocus(made.getContainer());
  if (facts.basemap) L.tileLayer(facts.basemap.url, { ...facts.basemap, maxZoom: MAX_ZOOM }).addTo(made);
  return made;
}

// --- a classified dataset ---------------------------------------------------------------------------

function showClasses() {
  const classes = new Classes(draw);
  const code = new Code();
  const place = new Place(map, (lon, lat, signal) =>
    api.json(`point/${shown.path}?lon=${lon}&lat=${lat}`, { signal }),
  );
  const areas = new Areas(map, (polygon, signal) => {
    const headers = { 'Content-Type': 'application/geo+json' };
    const body = JSON.stringify(polygon);
    return api.json(`statistics/${shown.path}`, { method: 'POST', headers, body, signal });
  });
  const dates = new Dates((date) => load({ ...shown.keys, [facts.dateKey]: date }));

  async function load(keys) {
    await latest.run(async (signal) => {
      const path = datasetPath(keys);
      try {
        const tilejson = await api.json(`tilejson/${path}.json`, { signal });
        show({ keys, path, tilejson });
      } catch (error) {
        if (error.name === 'AbortError') throw error;
        notice.tell('dataset', error.message, () => load(keys));
      }
    });
  }

  function show(now) {
    shown = now;
    notice.tell('dataset', '');
    address(now);
    frame(now.tilejson.bounds, now.tilejson.center);
    classes.fill(now.tilejson.classes);
    areas.fill(now.tilejson.bounds, now.tilejson.classes);
    place.clear();
    draw();
  }

  function draw() {
    const { keys, path, tilejson } = shown;
    const template = parseUrl(tilejson.tiles[0]);
    const values = Object.values(keys);
    const { version } = template;
    tiles.draw(tileUrls(base, values, classes.show, version), leafletOptions(tilejson));
    const publicUrls = tileUrls(template.base, values, classes.show ?? [], null);
    const maxzoom = tilejson.maxzoom;
    code.fill({ base: template.base, path, tiles: publicUrls[0], show: classes.show, maxzoom });
  }

  async function offerDates() {
    try {
      const found = await datesOf(api, facts.keys, facts.dateKey);
      dates.fill(found, facts.keys[facts.dateKey]);
    } catch (error) {
      notice.tell('dates', error.message, offerDates);
    }
  }

  load(facts.keys);
  if (facts.dateKey) offerDates();
}

/** The page's address, title and links, now that another date is shown. */
function address({ keys, path }) {
  history.replaceState(null, '', `${base}/map/${path}${location.hash}`);
  document.title = Object.values(keys).join(' / ');
  const parts = Object.values(keys).map((value) =>
    Object.assign(document.createElement('bdi'), { textContent: value }),
  );
  const slash = () =>
    Object.assign(document.createElement('span'), { className: 'slash', textContent: ' / ' });
  byId('title').replaceChildren(...parts.flatMap((part, i) => (i ? [slash(), part] : [part])));
  for (const link of document.querySelectorAll('a[data-path]'))
    link.href = `${base}/${link.dataset.path.replace('{path}', () => path)}`;
}

// --- one without classes ----------------------------------------------------------------------------

function showContinuous() {
  const options = { maxZoom: MAX_ZOOM, attribution: facts.attribution ?? '' };
  const path = datasetPath(facts.keys);
  frame(facts.bounds ?? WORLD);
  tiles.draw([`${base}/singleband/${path}/{z}/{x}/{y}.png?colormap=viridis`], options);
}

// --- the map ----------------------------------------------------------------------------------------

/** Outlines the dataset; the first time all that waited shows, and the map goes there. */
function frame(bounds, center) {
  middle = center;
  outline.setBounds(corners(bounds));
  if (crossing()) outline.remove();
  else outline.addTo(map);
  if (framed) return;
  framed = true;
  document.querySelector('main').classList.remove('waiting');
  map.getContainer().inert = false;
  const view = /^#(\d+)\/(-?\d+(?:\.\d+)?)\/(-?\d+(?:\.\d+)?)$/.exec(location.hash);
  if (view) {
    const [zoom, lat, lon] = view.slice(1).map(Number);
    map.setView([Math.max(-85, Math.min(85, lat)), lon % 360], zoom);
  } else whole();
  map.on('moveend', remember);
}

/**
 * Whether the dataset lies across the antimeridian.
 *
 * Then its bounds are all round the world, and only its middle says where it is.
 */
function crossing() {
  return middle !== undefined && Math.abs(middle[0] - outline.getBounds().getCenter().lng) > 1;
}

/** Goes where all of the dataset is seen; the world fills the map instead. */
function whole() {
  const target = outline.getBounds();
  if (crossing()) {
    const [lon, lat, zoom] = middle;
    map.setView([lat, lon], zoom);
    return;
  }
  const worldwide = target.getEast() - target.getWest() > 300;
  map.setView(target.getCenter(), map.getBoundsZoom(target, worldwide, L.point(24, 24)));
}

/** Frame and cross of the middle show for keys, not for a mouse. */
function showFocus(element) {
  element.addEventListener('keyup', () => element.classList.add('keyed'));
  element.addEventListener('pointerdown', () => element.classList.remove('keyed'));
}

function remember() {
  const { lat, lng } = map.getCenter().wrap();
  history.replaceState(null, '', `#${map.getZoom()}/${lat.toFixed(5)}/${lng.toFixed(5)}`);
}

function corners([west, south, east, north]) {
  return [
    [south, west],
    [north, east],
  ];
}

function opacitySlider() {
  byId('opacity').addEventListener('input', ({ target }) => {
    tiles.opacity = target.value / 100;
    byId('opacity-shown').textContent = `${target.value} %`;
  });
}
