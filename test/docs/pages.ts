// The pages, and how to read what is named from the project's root.

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Page, readPage } from "./examples.ts";

const root = new URL("../../", import.meta.url);

/** Those whose examples are run and type-checked. */
export const pagesWithExamples: readonly string[] = [
  "README.md",
  "docs/recipes.md",
  "docs/from-wheels.md",
  "docs/proof-your-jobs.md",
];

/** All that a reader comes across. */
export function allPages(): readonly string[] {
  const docs = readdirSync(new URL("docs/", root)).filter((name) => name.endsWith(".md"));
  return ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", ...docs.map((name) => `docs/${name}`)];
}

/** The text of a file, by its path from the project's root. */
export function textOf(file: string): string {
  return readFileSync(new URL(file, root), "utf8");
}

export function pathOf(file: string): string {
  return fileURLToPath(new URL(file, root));
}

export function pageOf(name: string): Page {
  return readPage(name, textOf(name));
}
