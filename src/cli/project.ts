// What kind of project a folder is: the language of its files, and what runs its tests.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** `js` is ECMAScript in `.js` or, where the package is CommonJS, `.mjs`; `cjs` is CommonJS. */
export type Language = "ts" | "js" | "mjs" | "cjs";
export type Runner = "vitest" | "jest" | "node";

export interface Project {
  readonly language: Language;
  readonly runner: Runner;
  /** What stands at the end of a relative import of a file of the project's. */
  readonly importExtension: string;
  /** Where its jobs are, from the folder. */
  readonly jobsFolder: string;
}

/** What the caller says over what is found. */
export interface ProjectOptions {
  readonly language?: "ts" | "js";
  readonly runner?: Runner;
}

export const RUNNERS: readonly Runner[] = ["vitest", "jest", "node"];

export function projectIn(folder: string, wanted: ProjectOptions = {}): Project {
  const manifest = manifestOf(folder);
  const packages = new Set([
    ...Object.keys(Object(manifest.dependencies)),
    ...Object.keys(Object(manifest.devDependencies)),
  ]);
  const looksTyped = existsSync(join(folder, "tsconfig.json")) || packages.has("typescript");
  const isTypeScript = wanted.language === undefined ? looksTyped : wanted.language === "ts";
  const found = packages.has("vitest") ? "vitest" : packages.has("jest") ? "jest" : null;
  // node:test cannot run TypeScript on every Node.js that is supported.
  const runner = wanted.runner ?? found ?? (isTypeScript ? "vitest" : "node");
  const language = languageOf(isTypeScript, manifest.type === "module", runner);
  return {
    language,
    runner,
    importExtension: language === "ts" ? typeScriptExtension(folder, runner) : `.${fileExtension(language)}`,
    jobsFolder: existsSync(join(folder, "src")) ? "src/jobs" : "jobs",
  };
}

/** Whether a module of the folder could import the package. */
export function isInstalled(folder: string, name: string): boolean {
  if (existsSync(join(folder, "node_modules", name))) return true;
  return dirname(folder) !== folder && isInstalled(dirname(folder), name);
}

/** The end of a file's name. */
export function fileExtension(language: Language): string {
  return language === "cjs" ? "js" : language;
}

function languageOf(isTypeScript: boolean, isModule: boolean, runner: Runner): Language {
  if (isTypeScript) return "ts";
  if (isModule) return "js";
  // Jest reads `.mjs` only behind a flag.
  return runner === "jest" ? "cjs" : "mjs";
}

/** What the compiler accepts: `.ts` where the project says so, none for jest, whose resolver takes `.js` at its word. */
function typeScriptExtension(folder: string, runner: Runner): string {
  if (runner === "jest") return "";
  const config = readText(join(folder, "tsconfig.json"));
  return /"(allowImportingTsExtensions|rewriteRelativeImportExtensions)"\s*:\s*true/.test(config) ? ".ts" : ".js";
}

interface Manifest {
  readonly type?: unknown;
  readonly dependencies?: unknown;
  readonly devDependencies?: unknown;
}

function manifestOf(folder: string): Manifest {
  try {
    return Object(JSON.parse(readText(join(folder, "package.json")))) as Manifest; // `as`: each part is asked for as unknown
  } catch {
    return {};
  }
}

function readText(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}
