// Reads docs/museum.md, and the titles of the tests that name its entries.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Exhibit {
  /** `"BM-020"`. */
  readonly id: string;
  /** The tests that the page names: a file, and the title or row label it has there. Empty where it says why not. */
  readonly tests: readonly { readonly file: string; readonly title: string }[];
  /** Why there is no test, or empty. */
  readonly reason: string;
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The entries of the page, in its order. */
export function exhibits(page: string): readonly Exhibit[] {
  return page.split("\n").flatMap((line) => {
    const [, id, , , here] = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    if (id === undefined || !here || !/^BM-\d{3}$/.test(id)) return [];
    const tests = here.split("<br>").flatMap((text) => {
      const [, file, title] = /^`([^`]+)` › (.+)$/.exec(text) ?? [];
      return file === undefined || title === undefined ? [] : [{ file, title: title.replaceAll("\\|", "|") }];
    });
    return [{ id, tests, reason: tests.length > 0 ? "" : here }];
  });
}

/** Every text in the tests and in the contract that names an entry, by the entry's id: titles, and labels of rows in them. */
export function titlesById(): ReadonlyMap<string, readonly { file: string; title: string }[]> {
  const titles = new Map<string, { file: string; title: string }[]>();
  for (const file of [...filesIn("src/contract"), ...filesIn("test")]) {
    for (const title of titlesIn(readFileSync(join(root, file), "utf8")))
      for (const id of new Set(title.match(/BM-\d{3}/g))) titles.set(id, [...(titles.get(id) ?? []), { file, title }]);
  }
  return titles;
}

/** The string literals of one line each that name an entry; comments do not count. */
export function titlesIn(source: string): readonly string[] {
  return source
    .split("\n")
    .filter((line) => !/^\s*(\/\/|\*|\/\*)/.test(line))
    .flatMap((line) =>
      [...line.matchAll(/(["'`])((?:(?!\1).)*BM-\d{3}(?:(?!\1).)*)\1/g)].map((match) => match[2] ?? ""),
    );
}

/** Its own folder is left out: it is about the page. */
function filesIn(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return path === "test/docs" ? [] : filesIn(path);
    return path.endsWith(".test.ts") || (path.startsWith("src/") && path.endsWith(".ts")) ? [path] : [];
  });
}
