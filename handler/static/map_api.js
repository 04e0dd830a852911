/** Asks the API, and says in a sentence what went wrong. */

import { quoteComponent } from './categorical.js';

export const datasetPath = (keys) => Object.values(keys).map(quoteComponent).join('/');

/** What went wrong, ready to be read; `status` is 0 where nothing answered. */
export class ApiError extends Error {
  constructor(sentence, status) {
    super(sentence);
    this.status = status;
  }
}

export class Api {
  /** `base` is the API's address, without a slash at its end. */
  constructor(base) {
    this.base = base;
  }

  /** The JSON document at `path`. Throws ApiError, and an AbortError where `signal` says so. */
  async json(path, options = {}) {
    let response;
    try {
      response = await fetch(`${this.base}/${path}`, options);
    } catch (error) {
      if (error.name === 'AbortError') throw error;
      throw new ApiError('The API cannot be reached. Is this device online?', 0);
    }
    const document = await response.json().catch(() => null);
    if (response.ok && document !== null) return document;
    throw new ApiError(sentence(document, response.status), response.status);
  }
}

function sentence(document, status) {
  const text = document?.message || `The API answered with ${status}`;
  return `${text[0].toUpperCase()}${text.slice(1)}.`.replace(/\.\.$/, '.');
}

/** Runs tasks of which only the newest counts: each gets a signal that aborts when the next one starts. */
export class Latest {
  #controller = null;

  async run(task) {
    this.#controller?.abort();
    const controller = new AbortController();
    this.#controller = controller;
    try {
      await task(controller.signal);
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    }
  }

  stop() {
    this.#controller?.abort();
  }
}
