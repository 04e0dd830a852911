/** The legend with its switches: which classes are shown. */

import { legend } from './categorical.js';

const MANY = 12;
const byId = (id) => document.getElementById(id);

export class Classes {
  #hidden = new Set();
  #classes = [];
  show = [];

  /** `onShow()` is called when `show` has changed: labels, [] for all of them, null for none. */
  constructor(onShow) {
    this.onShow = onShow;
    byId('all').addEventListener('click', () => this.#switch(() => true));
    byId('none').addEventListener('click', () => this.#switch(() => false));
    byId('filter').addEventListener('input', () => this.#filter());
  }

  /** Lists these classes; those whose label was switched off before are off again. */
  fill(classes) {
    this.#classes = classes.filter((item) => !item.nodata);
    const list = legend(byId('legend'), this.#classes, { onChange: (show) => this.#changed(show) });
    [...list.children].forEach((line, index) => this.#complete(line, this.#classes[index]));
    byId('filter-row').hidden = this.#classes.length <= MANY;
    this.#filter();
    this.#remember();
  }

  /** Adds how much there is of the class, and a button that hides all others. */
  #complete(line, item) {
    line.querySelector('input').checked = !this.#hidden.has(item.title);
    if (item.percentage !== null) {
      const share = document.createElement('span');
      share.className = 'share';
      share.textContent = percent(item.percentage);
      line.firstChild.append(share);
    }
    const only = document.createElement('button');
    Object.assign(only, { type: 'button', className: 'only', textContent: 'only' });
    only.setAttribute('aria-label', `Show only ${item.title}`);
    only.addEventListener('click', () => this.#switch((other) => other === item));
    line.append(only);
  }

  #lines() {
    return [...byId('legend').querySelectorAll('li')];
  }

  /** Switches the classes that `wanted` says on, all others off, as if by hand. */
  #switch(wanted) {
    this.#lines().forEach((line, index) => {
      line.querySelector('input').checked = wanted(this.#classes[index]);
    });
    byId('legend').firstChild.dispatchEvent(new Event('change'));
  }

  #changed(show) {
    for (const [index, line] of this.#lines().entries()) {
      const { title } = this.#classes[index];
      if (line.querySelector('input').checked) this.#hidden.delete(title);
      else this.#hidden.add(title);
    }
    this.#remember();
    this.onShow(show);
  }

  #remember() {
    const on = this.#classes.filter((item) => !this.#hidden.has(item.title));
    const [count, all] = [on.length, this.#classes.length];
    if (count === all) this.show = [];
    else this.show = count ? on.map((item) => item.title) : null;
    for (const [index, line] of this.#lines().entries())
      line.classList.toggle('off', this.#hidden.has(this.#classes[index].title));
    byId('all').disabled = count === all;
    byId('none').disabled = count === 0;
    byId('shown').textContent =
      count === all ? `All ${all} classes are shown` : `${count} of ${all} classes are shown`;
  }

  #filter() {
    const wanted = byId('filter-row').hidden ? '' : byId('filter').value.trim().toLowerCase();
    for (const [index, line] of this.#lines().entries())
      line.hidden = !this.#classes[index].title.toLowerCase().includes(wanted);
  }
}

/** A share as people read it: `12 %`, `0.4 %`, `< 0.1 %`. */
export function percent(value) {
  if (value > 0 && value < 0.1) return '< 0.1 %';
  return `${value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 })} %`;
}
