/** The class at a place: by a click, or by Enter or a button for the middle of the map. */

import { legend } from './categorical.js';
import { Latest } from './map_api.js';

const byId = (id) => document.getElementById(id);

export class Place {
  #latest = new Latest();

  /** `ask(lon, lat, signal)` gives what /point answers. */
  constructor(map, ask) {
    Object.assign(this, { map, ask, invitation: byId('place').textContent });
    map.on('click', ({ latlng }) => this.#name(latlng));
    byId('centre').addEventListener('click', () => this.#name(map.getCenter()));
    map.getContainer().addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && event.target === map.getContainer()) this.#name(map.getCenter());
    });
  }

  /** Forgets what was asked for, because another dataset is shown. */
  clear() {
    this.#latest.stop();
    this.map.closePopup();
    byId('place').textContent = this.invitation;
  }

  async #name(latlng) {
    const { lng, lat } = latlng.wrap();
    const popup = L.popup({ maxHeight: 240 }).setLatLng(latlng);
    popup.setContent(paragraph('Looking …')).openOn(this.map);
    await this.#latest.run(async (signal) => {
      const answer = await this.ask(lng, lat, signal).catch((error) => {
        if (error.name === 'AbortError') throw error;
        return error;
      });
      const text = answer instanceof Error ? failure(answer) : null;
      popup.setContent(text === null ? found(answer, lng, lat) : paragraph(text));
      byId('place').replaceChildren(...(text === null ? spoken(answer, lng, lat) : [text]));
    });
  }
}

function failure(error) {
  return error.status === 404 ? 'This place is outside of the dataset.' : error.message;
}

/** The answer to look at: swatch and label, value, where. */
function found(answer, lon, lat) {
  const content = document.createElement('div');
  content.append(name(answer), paragraph(`${worth(answer)}${where(lon, lat)}`, 'quiet'));
  return content;
}

/** The answer to hear: one sentence; the label keeps its own direction. */
function spoken(answer, lon, lat) {
  return [name(answer), paragraph(`at ${where(lon, lat)}`, 'quiet')];
}

function name(answer) {
  if (answer.color !== null) {
    const swatched = document.createElement('div');
    legend(swatched, [answer]);
    const row = swatched.querySelector('li').firstChild;
    row.classList.add('name');
    return row;
  }
  const line = paragraph(answer.label ?? unlabelled(answer), 'name');
  line.dir = 'auto';
  return line;
}

function unlabelled(answer) {
  return answer.nodata ? 'No data' : `Value ${answer.value}, which no class has`;
}

const worth = ({ value, label }) => (label === null ? '' : `value ${value}, `);

function where(lon, lat) {
  const degrees = (value, positive, negative) =>
    `${Math.abs(value).toFixed(4)}° ${value < 0 ? negative : positive}`;
  return `${degrees(lat, 'N', 'S')}, ${degrees(lon, 'E', 'W')}`;
}

function paragraph(text, className = '') {
  const element = document.createElement('p');
  return Object.assign(element, { className, textContent: text });
}
