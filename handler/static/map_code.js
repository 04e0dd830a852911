/** The code to copy, for the dataset and the classes that are shown. */

import { quoteComponent } from './categorical.js';
import { SNIPPETS } from './snippets.js';

const byId = (id) => document.getElementById(id);

export class Code {
  constructor() {
    const options = Object.entries(SNIPPETS).map(([name, { title }]) => new Option(title, name));
    byId('library').append(...options);
    byId('library').addEventListener('change', () => this.#write());
    byId('copy').addEventListener('click', () => this.#copy());
  }

  /** The addresses to write, of the API at `base`. */
  fill({ base, path, tiles, show, maxzoom }) {
    const query = (show ?? []).map((label) => `show=${quoteComponent(label)}`).join('&');
    this.facts = {
      client: `${base}/static/categorical.js`,
      tilejson: `${base}/tilejson/${path}.json${query && `?${query}`}`,
      tiles,
      maxzoom,
    };
    this.#write();
  }

  #write() {
    const { note, code } = SNIPPETS[byId('library').value];
    byId('code-note').textContent = note;
    byId('snippet').textContent = code(this.facts);
    byId('copied').textContent = '';
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(byId('snippet').textContent);
      byId('copied').textContent = 'Copied';
    } catch {
      getSelection().selectAllChildren(byId('snippet'));
      byId('copied').textContent = 'Selected: copy with Ctrl+C';
    }
  }
}
