/** The slider over the dates of a product: all datasets that differ in their date only. */

import { quoteComponent } from './categorical.js';

const LIMIT = 1000;
const MAX_PAGES = 5;
const byId = (id) => document.getElementById(id);

/** All dates of the product that has `keys`, in order. */
export async function datesOf(api, keys, dateKey) {
  const others = Object.entries(keys).filter(([name]) => name !== dateKey);
  const query = others.map(([name, value]) => `${quoteComponent(name)}=${quoteComponent(value)}`);
  const dates = [];
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const asked = [...query, `limit=${LIMIT}`, `page=${page}`].join('&');
    const { datasets } = await api.json(`datasets?${asked}`);
    dates.push(...datasets.map((dataset) => dataset[dateKey]));
    if (datasets.length < LIMIT) break;
  }
  return [...new Set(dates)].sort();
}

export class Dates {
  /** `onDate(date)` is called when another date was chosen. */
  constructor(onDate) {
    this.onDate = onDate;
    this.slider = byId('date');
    this.slider.addEventListener('input', () => this.#tell());
    this.slider.addEventListener('change', () => this.#choose());
    byId('earlier').addEventListener('click', () => this.#step(-1));
    byId('later').addEventListener('click', () => this.#step(1));
  }

  /** Offers these dates, if there is a choice, and stands at `date`. */
  fill(dates, date) {
    this.dates = dates;
    this.slider.max = dates.length - 1;
    this.slider.value = this.chosen = dates.indexOf(date);
    byId('dates').hidden = dates.length < 2;
    this.#tell();
  }

  #step(by) {
    this.slider.value = Number(this.slider.value) + by;
    this.#tell();
    this.#choose();
  }

  #tell() {
    const place = Number(this.slider.value);
    byId('date-shown').textContent = this.dates[place] ?? '';
    this.slider.setAttribute('aria-valuetext', this.dates[place] ?? '');
    byId('earlier').disabled = place === 0;
    byId('later').disabled = place === this.dates.length - 1;
  }

  #choose() {
    const place = Number(this.slider.value);
    if (place === this.chosen) return;
    this.chosen = place;
    this.onDate(this.dates[place]);
  }
}
