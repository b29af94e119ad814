// Builds every door of doors.ts to dist/<door>.js and .cjs; scripts/build-types.mjs writes their types.

import { defineConfig, type Options } from "tsup";
import { type Door, doors } from "./doors.ts";

const shared: Options = {
  target: "node20",
  platform: "node",
  tsconfig: "tsconfig.src.json",
  sourcemap: true,
  // One copy of a class for all doors, in CommonJS too: without it two doors hold two classes of one name.
  splitting: true,
  // tsup strips the prefix otherwise, and `node:sqlite` does not exist without it.
  removeNodeProtocol: false,
  plugins: [{ name: "class-names", renderChunk: (code) => ({ code: keepClassNames(code) }) }],
  // Drivers and runners are the user's own: a development dependency must never be bundled.
  skipNodeModulesBundle: true,
  // The two configurations run side by side, so emptying dist is the build script's work.
  clean: false,
};

/** The command line is no door: nobody imports it. */
const command = { wheelwright: "src/cli/bin.ts" };

export default defineConfig([
  { ...shared, entry: { ...entries(doors), ...command }, format: ["esm"] },
  { ...shared, entry: entries(doors.filter((door) => !door.esmOnly)), format: ["cjs"] },
]);

function entries(some: readonly Door[]): Record<string, string> {
  return Object.fromEntries(some.map((door) => [door.name, door.source]));
}

/**
 * Error and job classes are known by name, which `X = class _X`, as esbuild writes a class that mentions itself, and what
 * CommonJS is made of lose. esbuild's own remedy, `keepNames`, also defines the name of every arrow function each time one
 * is made: a fifth of the time of a drain.
 */
function keepClassNames(code: string): string {
  let kept = 0;
  const named = code.replace(/^\s*var (\w+) = class( _\1)?\b.*\{$/gm, (header, name) => {
    kept++;
    return `${header} static { Object.defineProperty(this, "name", { value: "${name}" }); }`;
  });
  const classes = code.match(/^\s*var \w+ = class\b/gm)?.length ?? 0;
  if (kept < classes) throw new Error("A class would lose its name in the build: see keepClassNames.");
  return named;
}
