// The command `wheelwright` in processes of its own, on the build that `npm run build` leaves in dist.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const bin = join(root, "dist", "wheelwright.js");
const folders: string[] = [];

beforeAll(() => {
  if (!existsSync(bin)) throw new Error("There is no dist folder, which this test reads: run `npm run build` first.");
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A folder in which the packages named are installed. */
function aProject(packages: readonly string[], files: Readonly<Record<string, string>> = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "wheelwright-bin-")));
  folders.push(folder);
  mkdirSync(join(folder, "node_modules"));
  for (const name of packages) {
    symlinkSync(name === "wheelwright" ? root : join(root, "node_modules", name), join(folder, "node_modules", name));
  }
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
  return folder;
}

const env = { ...process.env, NODE_ENV: "test", FORCE_COLOR: "0", WHEELWRIGHT_STORE: "", NODE_OPTIONS: "" };

function run(cwd: string, ...argv: string[]) {
  return node(cwd, bin, ...argv);
}

function node(cwd: string, ...argv: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { cwd, env, encoding: "utf8", timeout: 60_000 });
  return { code: status, stdout, stderr };
}

interface Running {
  readonly child: ChildProcess;
  /** All it has printed, on both outputs. */
  text(): string;
  /** Resolves when the text is there. Rejects when the process ends without. */
  shows(text: string): Promise<void>;
  readonly ended: Promise<number | null>;
}

function start(cwd: string, command: string, argv: readonly string[]): Running {
  const child = spawn(command, argv, { cwd, env, timeout: 60_000 });
  let text = "";
  const looks = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (more: string) => {
      text += more;
      for (const look of looks) look();
    });
  }
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  return {
    child,
    text: () => text,
    shows: (wanted) =>
      new Promise((resolve, reject) => {
        const look = () => text.includes(wanted) && resolve();
        looks.add(look);
        look();
        void ended.then(() => reject(new Error(`It ended without "${wanted}":\n${text}`)));
      }),
    ended,
  };
}

/** A job that runs until the process is told to stop, and one that is done at once. */
const APP = `
import { defineConfig, Job } from "wheelwright";
class LongJob extends Job {
  perform() {
    console.log("LongJob runs");
    return new Promise((resolve) => process.once("SIGTERM", () => setTimeout(resolve, 20))); // real: a job that ends after the signal
  }
}
class StuckJob extends Job {
  perform(_data, { signal }) {
    console.log("StuckJob runs");
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  }
}
class QuickJob extends Job {
  perform() {}
}
export default defineConfig({ store: "sqlite:jobs.db", jobs: [LongJob, StuckJob, QuickJob] });
`;

/** Jest needs to be told how to read TypeScript: most have ts-jest for it. */
const TRANSFORMED = `module.exports = { transform: { "\\\\.ts$": "./esbuild.cjs" } };`;
const ESBUILD = `exports.process = (text) => require("esbuild").transformSync(text, { loader: "ts", format: "cjs" });`;

/** What takes seconds is run by .ci/run. */
const THOROUGH = process.env.TEST_THOROUGH === "1";
const FLAGS = ["--queue=mail", "--priority=high", "--retries=2", "--delay=1m", "--timeout=90"];
const STRICTEST = {
  strict: true,
  module: "nodenext",
  target: "es2022",
  noImplicitOverride: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  types: ["node"],
};

describe("wheelwright", () => {
  it("is learned in a minute: init, its test, enqueue, work, status", () => {
    const cwd = aProject(["wheelwright"]);

    expect(run(cwd, "init")).toMatchObject({ code: 0, stderr: "" });
    run(cwd, "generate", "job", "SendEmail", ...FLAGS);
    run(cwd, "generate", "job", "NightlyReport", "--schedule", "0 3 * * *", "--retries", "1");
    expect(node(cwd, "--test", "--test-reporter=tap").stdout).toContain("# pass 6\n");
    expect(run(cwd, "enqueue", "WelcomeJob", "--data", '{"id":7}')).toMatchObject({ code: 0 });
    expect(run(cwd, "work", "--max-jobs", "1").stdout).toContain("WelcomeJob completed");
    expect(run(cwd, "status").stdout).toContain("TOTAL          0           0          1       0      1\n");
  });

  it("reads a config in TypeScript", () => {
    const cwd = aProject(["wheelwright"]);
    run(cwd, "init", "--language", "ts");

    expect(run(cwd, "enqueue", "WelcomeJob", "--delay", "1h")).toMatchObject({ code: 0, stderr: "" });
    expect(run(cwd, "status").stdout).toContain("default        1 ");
  });

  it.skipIf(!THOROUGH)("generates TypeScript that vitest runs and the compiler takes at its strictest", () => {
    const cwd = aProject(["wheelwright", "vitest", "@types"], { "package.json": `{ "type": "module" }` });
    writeFileSync(join(cwd, "tsconfig.json"), JSON.stringify({ compilerOptions: STRICTEST }));

    run(cwd, "init");
    run(cwd, "generate", "job", "SendEmail", ...FLAGS);
    run(cwd, "generate", "job", "NightlyReport", "--schedule", "0 3 * * *", "--retries", "1");

    const tests = node(cwd, join(root, "node_modules/vitest/vitest.mjs"), "run", "--pool=threads");
    expect(stripVTControlCharacters(tests.stdout)).toMatch(/Tests {2}6 passed/);
    expect(node(cwd, join(root, "node_modules/typescript/bin/tsc"), "--noEmit")).toMatchObject({ code: 0, stdout: "" });
  });

  it.skipIf(!THOROUGH).each([
    ["CommonJS", {}, {}],
    ["modules", { type: "module" }, {}],
    ["TypeScript", {}, { "tsconfig.json": "{}", "jest.config.cjs": TRANSFORMED, "esbuild.cjs": ESBUILD }],
  ])("generates tests that pass under Jest, in %s", (_what, manifest, files: Readonly<Record<string, string>>) => {
    const jest = { ...manifest, devDependencies: { jest: "30" } };
    const cwd = aProject(["wheelwright", "jest", "@jest", "esbuild"], {
      "package.json": JSON.stringify(jest),
      ...files,
    });

    run(cwd, "init");
    run(cwd, "generate", "job", "SendEmail", ...FLAGS);
    run(cwd, "generate", "job", "NightlyReport", "--schedule", "0 3 * * *", "--retries", "1");

    const flags = "type" in manifest ? ["--experimental-vm-modules", "--no-warnings"] : [];
    const tests = node(cwd, ...flags, join(root, "node_modules/jest/bin/jest.js"));
    expect(stripVTControlCharacters(tests.stderr)).toMatch(/Tests: +6 passed, 6 total/);
    expect(tests.code).toBe(0);
  });

  it("finishes the job that runs when it is told to stop", async () => {
    const cwd = aProject(["wheelwright"], { "wheelwright.config.mjs": APP });
    run(cwd, "enqueue", "LongJob");
    const worker = start(cwd, process.execPath, [bin, "work"]);
    await worker.shows("LongJob runs");

    worker.child.kill("SIGTERM");

    expect(await worker.ended).toBe(0);
    expect(worker.text()).toContain("stopped: 1 completed\n");
    expect(run(cwd, "status", "--format", "json").stdout).toContain(`"completed": 1,`);
  });

  it.skipIf(!THOROUGH)("aborts what runs at a second signal, and the next worker runs it again", async () => {
    const cwd = aProject(["wheelwright"], { "wheelwright.config.mjs": APP });
    run(cwd, "enqueue", "StuckJob");
    for (const _life of [1, 2]) {
      const worker = start(cwd, process.execPath, [bin, "work"]);
      await worker.shows("StuckJob runs");

      worker.child.kill("SIGTERM");
      await worker.shows("Once more aborts and hands back.");
      worker.child.kill("SIGTERM");

      expect(await worker.ended).toBe(0);
      expect(worker.text()).toContain("SIGTERM again: aborting 1 job that runs\n");
      expect(worker.text()).toContain("stopped: 0 completed, 1 handed back\n");
    }
    expect(run(cwd, "status", "--format", "json").stdout).toContain(`"pending": 1,`);
  });

  it("BM-098 works on when nobody reads its output any more", async () => {
    const cwd = aProject(["wheelwright"], { "wheelwright.config.mjs": APP });
    const worker = start(cwd, process.execPath, [bin, "work", "--interval", "20ms"]);
    await worker.shows("working all queues");

    worker.child.stdout?.destroy();
    for (let count = 0; count < 3; count++) run(cwd, "enqueue", "QuickJob");
    while (!run(cwd, "status").stdout.includes("0          3       0      3")) expect(worker.child.exitCode).toBeNull();
    worker.child.kill("SIGTERM");

    expect(await worker.ended).toBe(0);
  });

  it("R46 exits 1 for its supervisor when the database is away for longer than it may be", () => {
    const cwd = aProject(["wheelwright"], { "wheelwright.config.mjs": APP });

    const { code, stderr } = run(
      cwd,
      "work",
      "--store",
      "postgres://ada:secret@127.0.0.1:1/x",
      "--give-up-after",
      "50ms",
    );

    expect(code).toBe(1);
    expect(stderr).toContain("ECONNREFUSED");
    expect(stderr).not.toContain("secret");
  });

  it("ends a monitor whose lines nobody reads", async () => {
    const cwd = aProject(["wheelwright"], { "wheelwright.config.mjs": APP });
    const monitor = start(cwd, process.execPath, [bin, "monitor", "--interval", "100ms"]);
    await monitor.shows("pending=0");

    monitor.child.stdout?.destroy();

    expect(await monitor.ended).toBe(0);
  });

  const hasScript = process.platform === "linux" && spawnSync("script", ["--version"]).status === 0;
  it.skipIf(!hasScript)("shows a screen on a terminal, and gives it back at the key q", async () => {
    const cwd = aProject(["wheelwright"], { "wheelwright.config.mjs": APP });
    const command = `stty cols 80 rows 24; '${process.execPath}' '${bin}' monitor`;
    const monitor = start(cwd, "script", ["-qec", command, "/dev/null"]);
    await monitor.shows("r retry all failed   q quit");

    monitor.child.stdin?.write("q");

    expect(await monitor.ended).toBe(0);
    expect(monitor.text()).toContain("\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[H");
    expect(monitor.text().trimEnd().endsWith("\u001b[?7h\u001b[?25h\u001b[?1049l")).toBe(true);
  });

  it("exits 2 with one line where it is used wrongly", () => {
    expect(run(tmpdir(), "status", "--frmat", "json")).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "wheelwright status: unknown option '--frmat', did you mean --format? It takes --queue, --format, --config, --store, --table, --help.\n",
    });
  });

  it("tells the version of its package", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }; // `as`: our own file

    expect(run(tmpdir(), "--version").stdout).toBe(`${version}\n`);
  });
});
