// A client's files, in memory: they outlive the client, not the test.

export class Storage {
  #files = new Map();

  async load(key) {
    return this.#files.get(name(key));
  }

  async save(key, bytes) {
    this.#files.set(name(key), bytes);
  }

  async remove(key) {
    this.#files.delete(name(key));
  }

  async loadRange(prefix) {
    const within = [...this.#files].filter(([file]) => file.startsWith(name(prefix)));
    return within.map(([file, data]) => ({ key: JSON.parse(`[${file.slice(0, -1)}]`), data }));
  }

  async removeRange(prefix) {
    for (const file of this.#files.keys()) if (file.startsWith(name(prefix))) this.#files.delete(file);
  }
}

/** A key as text, so that a range of keys begins with the text of its prefix. */
function name(key) {
  return key.map((part) => `${JSON.stringify(part)},`).join('');
}
