// Where the config is looked for, how it is read, and which store comes of it.

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createJobs, defineConfig, MemoryJobStore } from "wheelwright";
import { JOBS } from "./a-queue.ts";
import { aTerminal } from "./a-terminal.ts";

let root = "";
beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "wheelwright-config-")));
});
afterAll(() => rmSync(root, { recursive: true }));

let made = 0;
/** A folder with a config file, which says its store and nothing else. */
function aFolder(name: string, text: string): string {
  const folder = join(root, `app-${++made}`);
  mkdirSync(folder);
  writeFileSync(join(folder, name), text);
  return folder;
}

async function opened(cwd: string, ...flags: string[]): Promise<readonly string[]> {
  const terminal = aTerminal({ cwd });
  expect(await terminal.run("status", ...flags)).toMatchObject({ code: 0, stderr: "" });
  return terminal.opened;
}

describe("the config", () => {
  it.each([
    ["wheelwright.config.ts", `export default { store: "memory:ts" satisfies string, jobs: [] };`],
    ["wheelwright.config.mts", `const url: string = "memory:mts"; export default { store: url, jobs: [] };`],
    ["wheelwright.config.ts", `enum Url { A = "memory:enum" } export default { store: Url.A as string, jobs: [] };`],
    ["wheelwright.config.js", `module.exports = { store: "memory:js", jobs: [] };`],
    ["wheelwright.config.mjs", `export default { store: "memory:mjs", jobs: [] };`],
    ["wheelwright.config.cjs", `exports.__esModule = true; exports.default = { store: "memory:cjs", jobs: [] };`],
    ["wheelwright.config.mjs", `export default async () => ({ store: "memory:later", jobs: [] });`],
  ])("is read from %s: %s", async (name, text) => {
    expect(await opened(aFolder(name, text))).toEqual([/memory:\w+/.exec(text)?.[0]]);
  });

  it("takes along TypeScript that it imports, whatever its import calls it", async () => {
    const folder = aFolder(
      "wheelwright.config.ts",
      `import { url } from "./url.js"; export default { store: url, jobs: [] };`,
    );
    writeFileSync(join(folder, "url.ts"), `export const url: string = "memory:imported";`);

    expect(await opened(folder)).toEqual(["memory:imported"]);
  });

  it("is looked for from the folder upward, and its files with it", async () => {
    const folder = aFolder("wheelwright.config.mjs", `export default { store: "sqlite:data/jobs.db", jobs: [] };`);
    mkdirSync(join(folder, "src/deep"), { recursive: true });

    expect(await opened(join(folder, "src/deep"))).toEqual([`sqlite:${folder}/data/jobs.db`]);
  });

  it("is SQLite beside the config where no store is named, and may name a table", async () => {
    const folder = aFolder("wheelwright.config.mjs", `export default { jobs: [], table: "shop_jobs" };`);

    expect(await opened(folder)).toEqual([`sqlite:${folder}/wheelwright.db shop_jobs`]);
  });

  it("is named by --config, and outdone by --store and --table", async () => {
    const folder = aFolder("other.mjs", `export default { store: "memory:theirs", table: "theirs", jobs: [] };`);
    const config = join(folder, "other.mjs");

    expect(await opened(root, "--config", config)).toEqual(["memory:theirs theirs"]);
    expect(await opened(root, "--config", config, "--store", "memory:mine")).toEqual(["memory:mine theirs"]);
    expect(await opened(root, "--config", config, "--table", "mine")).toEqual(["memory:theirs mine"]);
  });

  it("is not loaded by a command that is told all it needs", async () => {
    const folder = aFolder("wheelwright.config.mjs", `throw new Error("the app does not start");`);

    expect(await opened(folder, "--store", "memory:x")).toEqual(["memory:x"]);
  });

  it("tells where it failed", async () => {
    const folder = aFolder("wheelwright.config.mjs", `\nthrow new Error("no DATABASE_URL");`);

    const { code, stderr } = await aTerminal({ cwd: folder }).run("status");

    expect(code).toBe(1);
    expect(stderr).toBe(
      `wheelwright: Cannot load ${folder}/wheelwright.config.mjs: no DATABASE_URL (${folder}/wheelwright.config.mjs:2:7)\n`,
    );
  });

  it.each([
    ["nothing", "export const jobs = [];", "has no default export. Write: export default defineConfig({ jobs: […] });"],
    ["a number", "export default 7;", "is neither what createJobs returns nor an object with { jobs: […] }."],
    ["null", "export default null;", "is neither what createJobs returns nor an object with { jobs: […] }."],
    ["no jobs", "export default {};", "is neither what createJobs returns nor an object with { jobs: […] }."],
  ])("is refused when it exports %s", async (_, text, problem) => {
    const { code, stderr } = await aTerminal({ cwd: aFolder("wheelwright.config.mjs", text) }).run("status");

    expect(code).toBe(1);
    expect(stderr).toContain(problem);
  });

  it.each([
    ["undefined", "throw undefined;", "undefined was thrown"],
    ["what has no text", "throw Object.create(null);", "[Object: null prototype] {}"],
    ["it when it is called", "export default () => { throw Object.create(null); };", "[Object: null prototype] {}"],
  ])("tells of a config that throws %s", async (_, text, told) => {
    const { code, stderr } = await aTerminal({ cwd: aFolder("wheelwright.config.mjs", text) }).run("status");

    expect(code).toBe(1);
    expect(stderr.endsWith(`: ${told}\n`)).toBe(true);
  });

  it("names no file of Node.js as the place of a mistake", async () => {
    const stack = "SyntaxError: no end\\n    at wrapSafe (node:internal/modules/cjs/loader:1464:18)";
    const text = `throw Object.assign(new SyntaxError("no end"), { stack: "${stack}" });`;
    const folder = aFolder("wheelwright.config.mjs", text);

    const { stderr } = await aTerminal({ cwd: folder }).run("status");

    expect(stderr).toBe(`wheelwright: Cannot load ${folder}/wheelwright.config.mjs: no end\n`);
  });

  it("is checked like the options of createJobs", async () => {
    const folder = aFolder("wheelwright.config.mjs", `export default { store: "memory:", jobs: [], logr: console };`);

    const { code, stderr } = await aTerminal({ cwd: folder }).run("status");

    expect(code).toBe(1);
    expect(stderr).toMatch(/^wheelwright: createJobs's option "logr" is /);
  });

  it("may be the app's own Jobs, whose store --store replaces", async () => {
    const own = createJobs({ store: new MemoryJobStore(), jobs: JOBS, logger: { info() {}, warn() {}, error() {} } });
    const terminal = aTerminal({ config: defineConfig(own) });

    await terminal.run("enqueue", "ReportJob", "--store", "memory:other");

    expect(terminal.opened).toEqual(["memory:other"]);
    expect(await terminal.store.list({})).toHaveLength(1);
    expect(await own.stats()).toMatchObject({ totals: { total: 0 } });
  });

  it("cannot give a table to a store that is made already", async () => {
    const config = { store: new MemoryJobStore(), jobs: [] };

    const { code, stderr } = await aTerminal({ config }).run("status", "--table", "mine");

    expect(code).toBe(2);
    expect(stderr).toBe("wheelwright: --table goes with a store's URL, and the config has a store.\n");
  });
});

describe("without a config", () => {
  it("the embedded default is the file wheelwright.db of the folder", async () => {
    const folder = aFolder("wheelwright.db", "");

    expect(await opened(folder)).toEqual([`sqlite:${folder}/wheelwright.db`]);
  });

  it("no file is made where there is none", async () => {
    const terminal = aTerminal({ cwd: root });

    expect(await terminal.run("status")).toEqual({
      code: 1,
      stdout: "",
      stderr: `wheelwright: There is no wheelwright.config.{ts,mts,js,mjs,cjs} in ${root} or above it. Make one with "wheelwright init", name one with --config PATH, or name a store with --store URL.\n`,
    });
    expect(terminal.opened).toEqual([]);
  });

  it("a store is shown without its password", async () => {
    const terminal = aTerminal({ isTTY: true });
    terminal.type("n\n");

    const { stdout } = await terminal.run("purge", "--failed", "--store", "postgres://ada:secret@db/shop?sslmode=x");

    expect(stdout).toContain("from all queues of postgres://db/shop? [y/N]");
  });

  it("nor is the rest of a password shown that holds an @", async () => {
    const terminal = aTerminal({ isTTY: true });
    terminal.type("n\n");

    const { stdout } = await terminal.run("purge", "--failed", "--store", "postgres://ada:sec@ret@db/shop");

    expect(stdout).toContain("from all queues of postgres://db/shop? [y/N]");
  });
});
