// The package as a user installs it: every door has its files, and the main door loads nothing that is optional.
// Reads dist, as `npm run build` leaves it.

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { type Door, doors, specifierOf } from "../../doors.ts";
import { importsOf } from "./imports.ts";

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly typesVersions: { readonly "*": Readonly<Record<string, readonly string[]>> };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

const root = fileURLToPath(new URL("../..", import.meta.url));
const dist = join(root, "dist");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest; // `as`: our own file

// The optional packages that a door may load: the one that it is the door to.
const OPTIONAL: Readonly<Record<string, readonly string[]>> = {
  vitest: ["vitest"],
  jest: ["@jest/globals", "expect"],
  sinon: ["sinon"],
  "fast-check": ["fast-check"],
};

/** Packages that a store loads once its URL asks for them. */
const DRIVERS = ["@electric-sql/pglite", "better-sqlite3", "mssql", "mysql2", "oracledb", "pg"];

describe("package.json", () => {
  it("exports every door, and nothing else but itself", () => {
    const expected = Object.fromEntries(doors.map((door) => [exportOf(door), conditionsOf(door)]));

    expect(manifest.exports).toEqual({ ...expected, "./package.json": "./package.json" });
  });

  it("tells the old resolution of TypeScript where the types of each door are", () => {
    const expected = doors
      .filter((door) => door.name !== "index")
      .map((door) => [door.name, [`./dist/${door.name}.d.${door.esmOnly ? "ts" : "cts"}`]]);

    expect(manifest.typesVersions["*"]).toEqual(Object.fromEntries(expected));
  });
});

describe("the build", () => {
  beforeAll(() => {
    if (!existsSync(dist))
      throw new Error("There is no dist folder, which this test reads: run `npm run build` first.");
  });

  it("has the files of every door, the command, and no other door", () => {
    const expected = [...doors.flatMap(filesOf), "wheelwright.js"];

    // Shared chunks carry a hash and no door does; source maps follow their files; types hold what the doors' types name.
    const built = readdirSync(dist).filter(
      (file) => file !== "types" && !file.endsWith(".map") && !/-[\w-]{8}\.(d\.)?c?[jt]s$/.test(file),
    );

    expect(built.sort()).toEqual(expected.sort());
  });

  it.each(doors.map((door) => [specifierOf(door), door] as const))("loads by %s only what is declared", (_, door) => {
    const allowed = new Set([...Object.keys(manifest.dependencies ?? {}), ...(OPTIONAL[door.name] ?? [])]);

    const loaded = filesOf(door).flatMap((file) => packagesLoadedBy(file));

    expect(loaded.filter((name) => !allowed.has(name))).toEqual([]);
  });

  it("loads by the command line nothing until a command asks for it", () => {
    expect(packagesLoadedBy("wheelwright.js")).toEqual([]);
  });

  it("names every optional package as a peer", () => {
    expect(Object.keys(manifest.peerDependencies).sort()).toEqual(
      [...new Set([...DRIVERS, ...Object.values(OPTIONAL).flat()])].sort(),
    );
  });

  it("opens from ECMAScript modules and from CommonJS", () => {
    const everywhere = doors.filter((door) => !OPTIONAL[door.name]).map((door) => JSON.stringify(specifierOf(door)));

    const esm = everywhere.map((door) => `import ${door};`).join("");
    const cjs = everywhere.map((door) => `require(${door});`).join("");

    expect(runNode("--input-type=module", esm)).toBe("");
    expect(runNode("--input-type=commonjs", cjs)).toBe("");
  });

  it("keeps the names of its classes, by which errors and jobs are known", () => {
    const tellRenamed = `const renamed = doors.flatMap((door) => Object.entries(door))
      .filter(([name, value]) => /^class\\b/.test(String(value)) && value.name !== name);
      console.log(renamed.map(([name, value]) => value.name + " is " + name).join());`;
    const everywhere = doors.filter((door) => !OPTIONAL[door.name]).map((door) => JSON.stringify(specifierOf(door)));

    const esm = `const doors = [${everywhere.map((door) => `await import(${door})`).join()}]; ${tellRenamed}`;
    const cjs = `const doors = [${everywhere.map((door) => `require(${door})`).join()}]; ${tellRenamed}`;

    expect(runNode("--input-type=module", esm)).toBe("\n");
    expect(runNode("--input-type=commonjs", cjs)).toBe("\n");
  });
});

function exportOf(door: Door): string {
  return door.name === "index" ? "." : `./${door.name}`;
}

function conditionsOf({ name, esmOnly }: Door): Record<string, unknown> {
  const esm = { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` };
  const cjs = { types: `./dist/${name}.d.cts`, default: `./dist/${name}.cjs` };
  return esmOnly ? { import: esm } : { import: esm, require: cjs };
}

function filesOf({ name, esmOnly }: Door): string[] {
  const esm = [`${name}.js`, `${name}.d.ts`];
  return esmOnly ? esm : [...esm, `${name}.cjs`, `${name}.d.cts`];
}

/** The packages that are there once `start` is imported: its own and those of the chunks it shares. `import()` waits. */
function packagesLoadedBy(start: string): string[] {
  const packages = new Set<string>();
  const seen = new Set([start]);
  for (const file of seen) {
    for (const { specifier, kind } of importsOf(file, readFileSync(join(dist, file), "utf8"))) {
      if (kind === "dynamic" || specifier.startsWith("node:") || isBuiltin(specifier)) continue;
      if (specifier.startsWith(".")) seen.add(fileBehind(posix.join(posix.dirname(file), specifier), file));
      else packages.add(packageOf(specifier));
    }
  }
  return [...packages];
}

/** A declaration file names its neighbour by the neighbour's JavaScript. */
function fileBehind(target: string, from: string): string {
  return /\.d\.c?ts$/.test(from) ? target.replace(/\.(c?)js$/, ".d.$1ts") : target;
}

function packageOf(specifier: string): string {
  const parts = specifier.split("/");
  return parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

function runNode(inputType: string, code: string): string {
  return execFileSync(process.execPath, [inputType, "--eval", code], { cwd: root, encoding: "utf8" });
}
