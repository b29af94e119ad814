// Where the runner has global hooks, a kit that nobody disposes ends with its test.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished, vi } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

function requireBuild(): void {
  if (!existsSync(join(root, "dist", "testing.cjs")))
    throw new Error("There is no dist folder, which this test reads: run `npm run build` first.");
}

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly title: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

describe("a runner with global hooks", () => {
  it("disposes the kit of each test: vitest with globals", () => {
    const folder = mkdtempSync(join(root, "node_modules", ".vitest-globals-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const config = join(folder, "vitest.config.ts");
    const output = join(folder, "report.json");
    writeFileSync(
      config,
      `import base from ${JSON.stringify(join(root, "vitest.config.ts"))};
       export default { ...base, root: ${JSON.stringify(root)},
         test: { globals: true, pool: "threads", include: ["test/testing/program/vitest-globals.ts"] } };`,
    );

    const { stdout, stderr } = spawnSync(
      process.execPath,
      ["node_modules/vitest/vitest.mjs", "run", "--config", config, "--reporter=json", `--outputFile=${output}`],
      { cwd: root, encoding: "utf8", timeout: 60_000 },
    );

    const report = readReport(output, stdout + stderr);
    expect(report.map(({ status }) => status)).toEqual(["passed", "passed", "failed", "passed"]);
    expect(report[2]?.failureMessages.join()).toContain("kit.expectFailure(MailJob) was never met");
  }, 90_000);

  it("disposes the kit of each test: jest", () => {
    requireBuild();
    const folder = mkdtempSync(join(tmpdir(), "wheelwright-jest-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const output = join(folder, "report.json");
    const config = JSON.stringify({
      rootDir: join(root, "test/testing/program"),
      testMatch: ["**/jest-globals.cjs"],
      moduleFileExtensions: ["cjs", "js", "json"],
      transform: {},
    });

    const { stdout, stderr } = spawnSync(
      process.execPath,
      ["node_modules/jest/bin/jest.js", `--config=${config}`, "--json", `--outputFile=${output}`],
      { cwd: root, encoding: "utf8", timeout: 60_000 },
    );

    const report = readReport(output, stdout + stderr);
    expect(report.map(({ status }) => status)).toEqual(["passed", "passed", "failed", "passed"]);
    expect(report[2]?.failureMessages.join()).toContain("kit.expectFailure(MailJob) was never met");
  }, 90_000);
});

describe("ownOnDispose", () => {
  it("disposes all kits of a test, also after one that fails, and rejects with the first error", async () => {
    const { hooks, ownOnDispose } = await loadedWithHooks();
    const disposed: string[] = [];
    const aDisposable = (name: string, fails: boolean): { dispose(): Promise<void> } => ({
      dispose: async () => {
        disposed.push(name);
        if (fails) throw new Error(`${name} failed`);
      },
    });

    hooks.before();
    ownOnDispose(aDisposable("one", true));
    ownOnDispose(aDisposable("two", true));
    ownOnDispose(aDisposable("three", false));

    await expect(hooks.after()).rejects.toThrow("one failed");
    expect(disposed).toEqual(["one", "two", "three"]);
    hooks.before();
    await hooks.after();
    expect(disposed).toHaveLength(3);
  });

  it("leaves a kit alone that was taken back, or made where several tests run or none", async () => {
    const { hooks, ownOnDispose } = await loadedWithHooks();
    const kit = { dispose: () => Promise.reject(new Error("it was disposed")) };

    ownOnDispose(kit);
    hooks.before();
    ownOnDispose(kit)();
    hooks.before();
    ownOnDispose(kit);

    await hooks.after();
    await hooks.after();
  });
});

/** The module, as it is where a runner has put its hooks. */
async function loadedWithHooks(): Promise<{
  hooks: { before(): void; after(): Promise<void> };
  ownOnDispose(kit: { dispose(): Promise<void> }): () => void;
}> {
  let before = (): void => undefined;
  let after = async (): Promise<void> => undefined;
  vi.stubGlobal("beforeEach", (fn: () => void) => {
    before = fn;
  });
  vi.stubGlobal("afterEach", (fn: () => Promise<void>) => {
    after = fn;
  });
  vi.resetModules();
  const { ownOnDispose } = await import("../../src/testing/runner-hooks.ts");
  vi.unstubAllGlobals();
  return { hooks: { before: () => before(), after: () => after() }, ownOnDispose };
}

function readReport(file: string, otherwise: string): Report["testResults"][number]["assertionResults"] {
  try {
    // `as`: what the runner's JSON reporter writes
    const { testResults } = JSON.parse(readFileSync(file, "utf8")) as Report;
    return testResults.flatMap(({ assertionResults }) => assertionResults);
  } catch (cause) {
    throw new Error(`The runner wrote no report:\n${otherwise}`, { cause });
  }
}
