// Finds a wheelwright.config file and gives what it exports.

import { existsSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { failureMessage } from "../job/failure-message.ts";
import type { Config } from "./define-config.ts";
import { CommandFailed, UsageError } from "./usage-error.ts";

const NAMES = ["ts", "mts", "js", "mjs", "cjs"].map((extension) => `wheelwright.config.${extension}`);
/** What Node.js says of TypeScript that it cannot run itself: jiti can. */
const NOT_FOR_NODE = new Set([
  "ERR_UNKNOWN_FILE_EXTENSION",
  "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX",
  "ERR_INVALID_TYPESCRIPT_SYNTAX",
  "ERR_MODULE_NOT_FOUND",
  "ERR_UNSUPPORTED_DIR_IMPORT",
]);

export interface LoadedConfig {
  readonly path: string;
  /** Its folder, from which its paths are read. */
  readonly folder: string;
  readonly config: Config;
}

/** The config file at `path`, else the nearest one from the folder upward; null where there is none. */
export async function loadConfig(cwd: string, path: string | undefined): Promise<LoadedConfig | null> {
  const found = path === undefined ? findUpward(cwd) : given(cwd, path);
  if (found === null) return null;
  return { path: found, folder: dirname(found), config: (await defaultExportOf(found)) as Config }; // `as`: checked by its reader
}

function given(cwd: string, path: string): string {
  const full = resolve(cwd, path);
  if (!existsSync(full)) throw new UsageError(`--config names ${full}, and there is no such file.`);
  return full;
}

function findUpward(from: string): string | null {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const name = NAMES.find((candidate) => existsSync(join(folder, candidate)));
    if (name !== undefined) return join(folder, name);
    if (dirname(folder) === folder) return null;
  }
}

async function defaultExportOf(path: string): Promise<unknown> {
  let exported: unknown;
  try {
    exported = await load(path);
  } catch (error) {
    throw new CommandFailed(`Cannot load ${path}: ${told(error)}`, { cause: error });
  }
  if (exported !== undefined) return exported;
  throw new CommandFailed(`${path} has no default export. Write: export default defineConfig({ jobs: […] });`);
}

async function load(path: string): Promise<unknown> {
  if (!/^\.[mc]?ts$/.test(extname(path))) return defaultOf(await import(pathToFileURL(path).href));
  // A Node.js that reads TypeScript is faster, and shares its modules with what else the app loads.
  const { typescript } = process.features as { typescript?: unknown }; // `as`: the types of Node.js 20 do not have it yet
  if (typescript !== undefined && typescript !== false) {
    try {
      return defaultOf(await import(pathToFileURL(path).href));
    } catch (error) {
      if (!NOT_FOR_NODE.has(String(Object(error).code))) throw error;
    }
  }
  const { createJiti } = await import("jiti");
  return createJiti(path).import(path, { default: true });
}

/** The default export; of a CommonJS file that a compiler made, its own `default`. */
function defaultOf(module: { readonly default?: unknown }): unknown {
  const inner = module.default;
  const isCompiled = inner !== null && typeof inner === "object" && Reflect.get(inner, "__esModule") === true;
  return isCompiled ? Reflect.get(inner, "default") : inner;
}

/** The message, and where in the app's own files it came from. */
function told(error: unknown): string {
  if (!(error instanceof Error)) return failureMessage(error);
  const frame = /(?:^|[\s(])((?:file:|\/|[A-Z]:\\)[^()\n]*:\d+:\d+)\)?$/m.exec(error.stack ?? "")?.[1];
  return frame === undefined ? error.message : `${error.message} (${frame.replace(/^file:\/\//, "")})`;
}
