// Writes the files of a generator: all, or none where one is there already.

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CommandFailed } from "./usage-error.ts";

export interface NewFile {
  /** From the folder, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** Throws: CommandFailed that names what is there, unless `force`. */
export function writeFiles(folder: string, files: readonly NewFile[], force: boolean): void {
  const there = files.filter(({ path }) => existsSync(join(folder, path))).map(({ path }) => path);
  if (there.length > 0 && !force) {
    const verb = there.length === 1 ? "is" : "are";
    throw new CommandFailed(`${there.join(" and ")} ${verb} there already: nothing was written. --force writes over.`);
  }
  for (const { path, text } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
