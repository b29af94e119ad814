// Which room of src may import which. A pure check over what the files import, so that it can be tried on planted ones.

import { isBuiltin } from "node:module";
import { posix } from "node:path";
import type { Import, ImportMap } from "./imports.ts";

interface Room {
  /** Its files, as a pattern. The first room that matches a file is the file's room. */
  readonly files: string;
  /** What its files may import of ours, always counting type imports: patterns, of which `!` takes some away again. */
  readonly ours: readonly string[];
  /** The packages of others it may import: none when left out. */
  readonly packages?: readonly string[];
  /** The modules of Node.js it may import: all when left out. */
  readonly node?: readonly string[];
}

// The files directly in store/ are the seam and pure rules beside it. open-store is the exception: it knows every store.
const SEAM = ["store/*", "!store/open-store.ts"];

// Of SQL, what `wheelwright schema` prints: the statements, for each dialect.
const SCHEMA = [
  "schema",
  "table",
  "dialect",
  "sqlite-dialect",
  "postgres-dialect",
  "mysql-dialect",
  "mssql-dialect",
  "oracle-dialect",
].map((name) => `store/sql/${name}.ts`);

// A pattern is a file, a folder with all below it ("job/") or the files directly in a folder ("store/*").
const ROOMS: readonly Room[] = [
  {
    files: "index.ts",
    ours: ["job/", "clock/", ...SEAM, "store/memory/", "engine/", "cli/define-config.ts"],
    node: [],
  },
  { files: "job/ambient.ts", ours: ["job/"], node: ["node:async_hooks"] },
  { files: "job/", ours: ["job/"], node: ["node:util"] },
  { files: "clock/", ours: ["job/", "clock/"] },
  {
    files: "store/open-store.ts",
    ours: ["job/", "clock/", "store/"],
    packages: ["pg", "mysql2", "better-sqlite3", "@electric-sql/pglite", "mssql", "oracledb"],
  },
  { files: "store/*", ours: ["job/", "clock/", ...SEAM] },
  { files: "store/memory/", ours: ["job/", "clock/", ...SEAM, "store/memory/"] },
  { files: "store/sql/", ours: ["job/", "clock/", ...SEAM, "store/sql/"] },
  { files: "engine/", ours: ["job/", "clock/", ...SEAM, "engine/"], packages: ["croner"] },
  { files: "testing/", ours: ["job/", "clock/", "store/*", "store/memory/", "engine/", "testing/"] },
  {
    files: "contract/",
    ours: ["job/", "store/job-store.ts", "contract/"],
    node: ["node:assert", "node:assert/strict"],
  },
  runnerRoom("vitest", ["vitest"]),
  runnerRoom("jest", ["@jest/globals", "expect"]),
  runnerRoom("sinon", ["sinon"]),
  // The store in memory is what other stores are compared with.
  runnerRoom("fast-check", ["fast-check"], ["store/memory/"]),
  {
    files: "cli/",
    ours: ["job/", "clock/", "store/*", ...SCHEMA, "engine/", "cli/"],
    packages: ["commander", "cli-table3", "jiti"],
  },
];

function runnerRoom(name: string, packages: readonly string[], more: readonly string[] = []): Room {
  const ours = ["job/", "clock/", ...SEAM, ...more, "engine/", "testing/", `${name}/`];
  return { files: `${name}/`, ours, packages };
}

/** One sentence per import that points the wrong way or nowhere. Files are relative to src. */
export function forbiddenArrows(imports: ImportMap): string[] {
  const problems: string[] = [];
  for (const [file, list] of imports) {
    const room = ROOMS.find((candidate) => matches(file, candidate.files));
    if (!room) {
      problems.push(`${file} is in no room that test/project/arrows.ts knows: add a line for it to ROOMS.`);
      continue;
    }
    for (const each of list) {
      const problem = problemWith(file, each, room, imports);
      if (problem) problems.push(problem);
    }
  }
  return problems;
}

function problemWith(file: string, { specifier }: Import, room: Room, imports: ImportMap): string | undefined {
  if (specifier.startsWith(".")) {
    const target = resolve(file, specifier);
    if (!imports.has(target)) return `${file} imports ${specifier}, which is not a file of src.`;
    if (!allows(room.ours, target)) return `${file} imports ${target}; ${room.files} may import ${listed(room.ours)}.`;
    return undefined;
  }
  if (specifier.startsWith("node:") || isBuiltin(specifier)) {
    if (!room.node || room.node.includes(specifier)) return undefined;
    return `${file} imports ${specifier}; of Node.js, ${room.files} may import ${listed(room.node)}.`;
  }
  const packages = room.packages ?? [];
  if (packages.includes(packageOf(specifier))) return undefined;
  return `${file} imports the package ${specifier}; ${room.files} may import ${listed(packages)}.`;
}

/** Every knot of files that run each other in a circle, as the shortest way round: "a.ts → b.ts → a.ts". */
export function importCycles(imports: ImportMap): string[] {
  const targets = new Map<string, string[]>();
  for (const [file, list] of imports) {
    const relative = list.filter((each) => each.kind === "value" && each.specifier.startsWith("."));
    targets.set(
      file,
      relative.map((each) => resolve(file, each.specifier)).filter((target) => imports.has(target)),
    );
  }

  const cycles: string[] = [];
  const told = new Set<string>();
  for (const file of targets.keys()) {
    if (told.has(file)) continue;
    const way = shortestWayBack(file, targets);
    if (!way) continue;
    for (const member of way) told.add(member);
    cycles.push(way.join(" → "));
  }
  return cycles;
}

/** Breadth first from `start`, until a file imports `start` again. */
function shortestWayBack(start: string, targets: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const file of queue) {
    for (const target of targets.get(file) ?? []) {
      if (target === start) return [...pathTo(file, cameFrom), start];
      if (cameFrom.has(target)) continue;
      cameFrom.set(target, file);
      queue.push(target);
    }
  }
  return undefined;
}

function pathTo(file: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const before = cameFrom.get(file);
  return before === undefined ? [file] : [...pathTo(before, cameFrom), file];
}

function resolve(file: string, specifier: string): string {
  return posix.join(posix.dirname(file), specifier);
}

function allows(patterns: readonly string[], file: string): boolean {
  if (patterns.some((pattern) => pattern.startsWith("!") && matches(file, pattern.slice(1)))) return false;
  return patterns.some((pattern) => matches(file, pattern));
}

function matches(file: string, pattern: string): boolean {
  if (pattern.endsWith("/")) return file.startsWith(pattern);
  if (pattern.endsWith("/*")) return posix.dirname(file) === pattern.slice(0, -2);
  return file === pattern;
}

function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.map((name) => name.replace("!", "but not ")).join(", ");
}
