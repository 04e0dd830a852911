/** What went wrong, above all else in the panel, with a button that tries again. */

const byId = (id) => document.getElementById(id);

export class Notice {
  #troubles = new Map();

  constructor() {
    byId('retry').addEventListener('click', () => this.#retry());
  }

  /** Says `text` of a topic until it is said that all is well, with an empty one. */
  tell(topic, text, retry) {
    if (text) this.#troubles.set(topic, { text, retry });
    else this.#troubles.delete(topic);
    const texts = new Set([...this.#troubles.values()].map((trouble) => trouble.text));
    byId('notice-text').textContent = [...texts].join(' ');
    byId('notice').hidden = !texts.size;
  }

  #retry() {
    const troubles = [...this.#troubles.values()];
    for (const topic of this.#troubles.keys()) this.tell(topic, '');
    for (const { retry } of troubles) retry();
  }
}
