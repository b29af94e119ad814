// Builds what is measured, as it is published, and the programs that measure it, into a folder of this run's own.

import { copyFile, mkdir, readdir, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build, type Options } from "tsup";
import published from "../tsup.config.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** One folder per run, so that two at once do not take each other's files away; inside bench, to find the peers. */
const dist = `${root}bench/dist/${process.pid}/`;

/** Where the built programs are: plain JavaScript, run by Node.js without a loader. */
export const PROGRAMS: string = `${dist}programs/`;

/** The package as the programs find it, by its public names: built anew, so that no stale build is measured. */
const PACKAGE = `${dist}node_modules/wheelwright/`;

const DATABASE_PACKAGES = [
  "@electric-sql/pglite",
  "better-sqlite3",
  "bullmq",
  "graphile-worker",
  "pg",
  "pg-boss",
  "plainjob",
];

const MEASURED_DOORS = ["index", "testing", "sqlite", "postgres"];

export async function buildAll(): Promise<void> {
  await buildPackage();
  await buildPrograms();
}

export async function removeBuild(): Promise<void> {
  await rm(dist, { recursive: true, force: true });
}

async function buildPackage(): Promise<void> {
  const [esm] = published as Options[]; // `as`: tsup types what it was given as anything it takes
  if (esm === undefined) throw new Error("tsup.config.ts has no configuration to build the package with.");
  const doors = Object.entries(esm.entry as Record<string, string>); // `as`: written so by tsup.config.ts
  const entry = Object.fromEntries(doors.filter(([name]) => MEASURED_DOORS.includes(name)));
  await build({ ...esm, entry, dts: false, config: false, silent: true, outDir: `${PACKAGE}dist` });
  await mkdir(PACKAGE, { recursive: true });
  await copyFile(`${root}package.json`, `${PACKAGE}package.json`);
}

async function buildPrograms(): Promise<void> {
  const files = await readdir(`${root}bench/programs`);
  await build({
    entry: files.map((file) => `bench/programs/${file}`),
    format: ["esm"],
    target: "node20",
    platform: "node",
    tsconfig: "tsconfig.json",
    // The databases' clients and the peers are loaded as they are: they bring binaries, and `require`.
    external: [/^wheelwright/, ...DATABASE_PACKAGES],
    splitting: true,
    removeNodeProtocol: false,
    config: false,
    silent: true,
    outDir: PROGRAMS,
  });
}
