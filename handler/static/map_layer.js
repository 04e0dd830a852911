/** The dataset's tiles on the map; old ones stay until the new ones are there. */

import { categoricalUrl, crisp } from './categorical.js';

/**
 * Templates of tiles that together show the labels in `show` (null: none, []: all of them).
 *
 * One, unless the labels are too many for one URL: classes share no pixel, so layers of some
 * classes each, one above the other, show what one layer would.
 */
export function tileUrls(base, keys, show, version) {
  if (show === null) return [];
  try {
    return [categoricalUrl(base, keys, { show, version })];
  } catch (error) {
    if (show.length < 2) throw error;
    const half = Math.ceil(show.length / 2);
    const parts = [show.slice(0, half), show.slice(half)];
    return parts.flatMap((part) => tileUrls(base, keys, part, version));
  }
}

export class Tiles {
  #layers = [];
  #opacity = 1;

  /** `onTrouble(bool)` hears whether tiles failed, each time that all have come. */
  constructor(map, onTrouble) {
    this.map = map;
    this.onTrouble = onTrouble;
  }

  set opacity(opacity) {
    this.#opacity = opacity;
    for (const layer of this.#layers) layer.setOpacity(opacity);
  }

  /** Draws the tiles of these templates with these options of Leaflet's. */
  draw(urls, options) {
    const old = this.#layers;
    this.#layers = urls.map((url) => this.#layer(url, options));
    let pending = urls.length;
    const leave = () => {
      for (const layer of old) layer.remove();
    };
    if (!pending) leave();
    for (const layer of this.#layers) {
      layer.once('load', () => {
        pending -= 1;
        if (pending === 0) leave();
      });
      layer.once('remove', leave); // replaced before it was there
      layer.addTo(this.map);
    }
  }

  redraw() {
    for (const layer of this.#layers) layer.redraw();
  }

  #layer(url, options) {
    let failed = 0;
    return L.tileLayer(url, { ...options, opacity: this.#opacity })
      .on('tileloadstart', crisp)
      .on('loading', () => (failed = 0))
      .on('tileerror', () => (failed += 1))
      .on('load', () => this.onTrouble(failed > 0));
  }
}
