/** How much of each class is in the view. */

import { legend } from './categorical.js';
import { Latest } from './map_api.js';
import { percent } from './map_classes.js';

const REST = 500; // milliseconds for which the map rests before anything is measured
const byId = (id) => document.getElementById(id);

export class Areas {
  #latest = new Latest();
  #timer = 0;

  /** `measure(polygon, signal)` gives what /statistics answers. */
  constructor(map, measure) {
    this.map = map;
    this.measure = measure;
    byId('areas').addEventListener('toggle', () => this.refresh(0));
    map.on('moveend', () => this.refresh());
  }

  /** The dataset that is shown now: its bounds, its classes. */
  fill(bounds, classes) {
    Object.assign(this, { bounds, classes });
    this.refresh(0);
  }

  /** Measures soon, if anybody looks. */
  refresh(rest = REST) {
    clearTimeout(this.#timer);
    this.#latest.stop();
    if (!byId('areas').open || !this.bounds) return;
    this.#timer = setTimeout(() => this.#latest.run((signal) => this.#show(signal)), rest);
  }

  async #show(signal) {
    const polygon = viewPolygon(this.map, this.bounds);
    if (!polygon) {
      this.#tell('The dataset is not in this view.');
      return;
    }
    byId('areas-status').textContent = 'Measuring …';
    try {
      const answer = await this.measure(polygon, signal);
      this.#list(answer);
    } catch (error) {
      if (error.name === 'AbortError') throw error;
      this.#tell(error.message);
    }
  }

  #list(answer) {
    const found = answer.classes.filter((row) => row.count > 0).sort((a, b) => b.area - a.area);
    if (!found.length) {
      this.#tell('There is no class in this view.');
      return;
    }
    this.#tell(`${found.length === 1 ? '1 class' : `${found.length} classes`}, ${how(answer)}.`);
    const byValue = new Map(this.classes.map((item) => [item.value, item]));
    const rows = found.map((row) => tableRow(row, byValue.get(row.value)));
    byId('areas-table').tBodies[0].replaceChildren(...rows);
    byId('areas-table').hidden = false;
  }

  #tell(text) {
    byId('areas-table').hidden = true;
    byId('areas-status').textContent = text;
  }
}

/** The parts of the view that the dataset can be in, as GeoJSON; null if there are none. */
export function viewPolygon(map, bounds) {
  const view = map.getBounds();
  const [south, north] = [Math.max(view.getSouth(), bounds[1]), Math.min(view.getNorth(), bounds[3])];
  if (!(south < north)) return null;
  const parts = spans(view.getWest(), view.getEast(), bounds).map(([west, east]) => [
    [[west, south], [east, south], [east, north], [west, north], [west, south]],
  ]);
  return parts.length ? { type: 'MultiPolygon', coordinates: parts } : null;
}

/** From west to east within the bounds: two where the antimeridian is in the view. */
function spans(west, east, bounds) {
  if (east - west >= 360) return [[bounds[0], bounds[2]]];
  const turn = 360 * Math.floor((west + 180) / 360);
  return [turn, turn + 360]
    .map((shift) => [Math.max(west - shift, bounds[0]), Math.min(east - shift, bounds[2])])
    .filter(([from, to]) => from < to);
}

function how(answer) {
  if (answer.areas === 'exact') return 'measured on every pixel';
  const times = Number(answer.resolution).toLocaleString('en', { maximumFractionDigits: 1 });
  return `estimated from pixels ${times} times as wide as the dataset’s own`;
}

function tableRow(row, item) {
  const line = document.createElement('tr');
  const head = document.createElement('th');
  head.scope = 'row';
  const name = document.createElement('span');
  legend(name, [{ ...item, nodata: false, color_hint: item.color_hint ?? '00000000' }]);
  const shown = name.querySelector('li').firstChild;
  shown.className = 'name';
  const bar = document.createElement('span');
  bar.className = 'share-bar';
  bar.style.width = `${row.percentage}%`;
  bar.setAttribute('aria-hidden', 'true');
  head.append(shown, bar);
  line.append(head, cell(squareMetres(row.area)), cell(percent(row.percentage)));
  return line;
}

function cell(text) {
  return Object.assign(document.createElement('td'), { textContent: text });
}

/** An area as people read it: m², hectares below a square kilometre, km². */
export function squareMetres(area) {
  const [divisor, unit] = area < 1e4 ? [1, 'm²'] : area < 1e6 ? [1e4, 'ha'] : [1e6, 'km²'];
  return `${(area / divisor).toLocaleString('en', { maximumSignificantDigits: 4 })} ${unit}`;
}
