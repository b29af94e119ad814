// A stand-in for a search engine.

export class SearchIndex {
  readonly #names = new Map<string, string>();

  async put(sku: string, name: string): Promise<void> {
    this.#names.set(sku, name);
  }

  find(words: string): readonly string[] {
    const wanted = words.toLowerCase();
    return [...this.#names].filter(([, name]) => name.toLowerCase().includes(wanted)).map(([sku]) => sku);
  }
}
