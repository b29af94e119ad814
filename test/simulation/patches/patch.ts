// A mistake written into our own source: one piece of text in the place of another, in a copy that is built for it. The
// checkout stays as it is.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import { doors, specifierOf } from "../../../doors.ts";
import type { SimulationResult } from "../simulate.ts";
import type { StoreName } from "../stores.ts";

export interface Patch {
  readonly name: string;
  /** Under src. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** The store that the mistake is played on; memory unless told. */
  readonly store?: StoreName;
}

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** A source file as it is with the mistake. Throws: Error where the text to replace is not there, or more than once. */
export async function patched({ name, file, from, to }: Patch): Promise<string> {
  const text = await readFile(join(root, "src", file), "utf8");
  const count = text.split(from).length - 1;
  if (count === 1) return text.replace(from, () => to);
  const found = count === 0 ? "no longer holds" : `holds ${count} times`;
  throw new Error(
    `The patch "${name}" replaces a text that src/${file} ${found}:\n${from}\nWrite the same mistake into the source as it is now.`,
  );
}

/** Builds the simulation on the patched source, and plays it from seed 0 to the first that breaks a rule; null: none does. */
export async function firstToCatchPatch(patch: Patch, seeds: number, from = 0): Promise<SimulationResult | null> {
  // Inside the project, where the databases' packages are found.
  const folder = await mkdtemp(join(root, "node_modules", ".simulation-"));
  try {
    const outfile = join(folder, "play.mjs");
    await build({
      stdin: { contents: PLAY, resolveDir: join(root, "test", "simulation"), sourcefile: "play.ts", loader: "ts" },
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      packages: "external",
      logLevel: "silent",
      plugins: [ours, planting(patch, await patched(patch))],
      outfile,
    });
    const { play } = (await import(pathToFileURL(outfile).href)) as Player; // `as`: as written below
    return await play(patch.store ?? "memory", from, seeds);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Player {
  play(store: StoreName, from: number, seeds: number): Promise<SimulationResult | null>;
}

const PLAY = `
import { simulate } from "./simulate.ts";
import { openStoreFor } from "./stores.ts";
export async function play(name, from, seeds) {
  const store = await openStoreFor(name);
  try {
    for (let seed = from; seed < from + seeds; seed++) {
      const result = await simulate({ store: await store.fresh(), seed });
      if (result.violation !== null) return result;
    }
    return null;
  } finally {
    await store.close();
  }
}`;

/** \`wheelwright\` and its doors are the source. */
const ours: Plugin = {
  name: "doors",
  setup({ onResolve }) {
    const sources = new Map(doors.map((door) => [specifierOf(door), join(root, door.source)]));
    onResolve({ filter: /^wheelwright(\/|$)/ }, ({ path }) => ({ path: sources.get(path) ?? path }));
  },
};

function planting({ file }: Patch, contents: string): Plugin {
  return {
    name: "patch",
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => (path === join(root, "src", file) ? { contents, loader: "ts" } : null));
    },
  };
}
