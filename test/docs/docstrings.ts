// Takes the examples out of the source's docstrings, and gives each the imports that a reader would know to write.

import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

export interface DocExample {
  /** `src/job/job.ts:76` */
  readonly where: string;
  readonly code: string;
}

const FENCE = /^( *)\* ```ts\n((?:\1\*.*\n)*?)\1\* ```$/gm;

/** All that are fenced as `ts`; one fenced as `ts skip` needs what is not there. `folder` and the result's paths: see `root`. */
export function docExamples(folder: string, root: string): readonly DocExample[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  return files.sort().flatMap((file) => {
    const text = readFileSync(join(folder, file), "utf8");
    return [...text.matchAll(FENCE)].map((match) => ({
      where: `${relative(root, join(folder, file))}:${text.slice(0, match.index).split("\n").length}`,
      code: (match[2] ?? "").replaceAll(/^ *\* ?/gm, ""),
    }));
  });
}

/** What each module offers: its specifier, and the names of its exports. */
export type Offers = ReadonlyMap<string, readonly string[]>;

/** The example with an import line for each name that it uses, does not declare, and is offered. The first offer counts. */
export function withImports(code: string, offers: Offers): string {
  const declared = new Set([...code.matchAll(/(?:const|let|class|function) (\w+)/g)].map(([, name]) => name));
  for (const [, names = ""] of code.matchAll(/^import \{ (.*) \}/gm))
    for (const name of names.split(", ")) declared.add(name);
  const used = new Set(code.match(/\b[A-Za-z]\w*\b/g));
  const lines: string[] = [];
  for (const [specifier, names] of offers) {
    const wanted = names.filter((name) => used.has(name) && !declared.has(name));
    for (const name of wanted) declared.add(name);
    if (wanted.length > 0) lines.push(`import { ${wanted.join(", ")} } from "${specifier}";`);
  }
  // An ellipsis stands for what the reader would write.
  return [...lines, code.replaceAll("…", "/* … */"), "export {};"].join("\n");
}
