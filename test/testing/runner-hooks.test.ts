// Where the runner's hooks are known, a kit that nobody disposes ends with its test, and a proof that nobody awaits fails it.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { run } from "./program/run.ts";

/** The runners would give up after five seconds, which a busy machine with a database takes for a proof. */
const PATIENCE_MS = 120_000;

const root = fileURLToPath(new URL("../..", import.meta.url));

function requireBuild(): void {
  if (!existsSync(join(root, "dist", "testing.cjs")))
    throw new Error("There is no dist folder, which this test reads: run `npm run build` first.");
}

interface Report {
  readonly testResults: readonly { readonly assertionResults: readonly Result[] }[];
}

interface Result {
  readonly title: string;
  readonly status: string;
  readonly failureMessages: readonly string[];
}

/** What vitest says of the tests of a program. */
function reportOfVitest(program: string, globals: boolean): readonly Result[] {
  const folder = mkdtempSync(join(root, "node_modules", ".vitest-hooks-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const config = join(folder, "vitest.config.ts");
  const output = join(folder, "report.json");
  writeFileSync(
    config,
    `import base from ${JSON.stringify(join(root, "vitest.config.ts"))};
     export default { ...base, root: ${JSON.stringify(root)},
       test: { globals: ${globals}, pool: "threads", testTimeout: ${PATIENCE_MS}, include: ["test/testing/program/${program}"] } };`,
  );

  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["node_modules/vitest/vitest.mjs", "run", "--config", config, "--reporter=json", `--outputFile=${output}`],
    { cwd: root, encoding: "utf8", timeout: 2 * PATIENCE_MS },
  );

  return readReport(output, stdout + stderr);
}

/** Of the tests of forgets-proofs.ts. */
function expectForgottenProofs(results: readonly Result[]): void {
  expect(results.map(({ status }) => status)).toEqual(["failed", "failed", "failed", "failed", "passed"]);
  const [check, search, failing, looked] = results.map(({ failureMessages }) => failureMessages.join());
  expect(check).toContain("checkIdempotent(…) was never awaited, so its test ended without an answer.");
  expect(check).toMatch(/\n {4}Called at test\/testing\/program\/forgets-proofs\.ts:\d+/);
  expect(search).toContain("explore(…) was never awaited, so its test ended without an answer.");
  expect(failing).toContain("It failed: checkIdempotent's enqueue is 7; expected a function.");
  expect(looked).toContain("checkIdempotent(…) was still under way when its test ended.");
}

describe("a runner with global hooks", () => {
  it("disposes the kit of each test, and fails one that forgets a proof: vitest with globals", () => {
    const report = reportOfVitest("vitest-globals.ts", true);

    expect(report.slice(0, 4).map(({ status }) => status)).toEqual(["passed", "passed", "failed", "passed"]);
    expect(report[2]?.failureMessages.join()).toContain("kit.expectFailure(MailJob) was never met");
    expectForgottenProofs(report.slice(4));
  }, 300_000);

  it("R48 fails a test that forgets a proof: vitest by its door", () => {
    expectForgottenProofs(reportOfVitest("vitest-door.ts", false));
  }, 300_000);

  it("disposes the kit of each test, and fails one that forgets a proof: jest", () => {
    requireBuild();
    const folder = mkdtempSync(join(tmpdir(), "wheelwright-jest-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const output = join(folder, "report.json");
    const config = JSON.stringify({
      rootDir: join(root, "test/testing/program"),
      testMatch: ["**/jest-globals.cjs"],
      moduleFileExtensions: ["cjs", "js", "json"],
      transform: {},
      testTimeout: PATIENCE_MS,
    });

    const { stdout, stderr } = spawnSync(
      process.execPath,
      ["node_modules/jest/bin/jest.js", `--config=${config}`, "--json", `--outputFile=${output}`],
      { cwd: root, encoding: "utf8", timeout: 2 * PATIENCE_MS },
    );

    const report = readReport(output, stdout + stderr);
    expect(report.map(({ status }) => status)).toEqual(["passed", "passed", "failed", "failed", "passed"]);
    expect(report[2]?.failureMessages.join()).toContain("kit.expectFailure(MailJob) was never met");
    expect(report[3]?.failureMessages.join()).toContain("explore(…) was never awaited");
  }, 300_000);
});

describe("a program without hooks", () => {
  it("R48 ends with the rejection of a proof that it forgot", () => {
    const { code, stderr } = run("forgotten-proof.ts");

    expect(code).toBe(1);
    expect(stderr).toContain("NotIdempotentError: MailJob must not be delivered again");
    expect(stderr).toContain("forgotten-proof.ts:");
  });
});

describe("askAtTestEnd", () => {
  it("asks when the last of the tests that run at once is over, and fails it with the first answer", async () => {
    const { hooks, askAtTestEnd } = await loadedWithHooks();
    const answers = [null, new Error("one was forgotten"), new Error("another was")];

    expect(askAtTestEnd(async () => null)).toBe(false);
    hooks.before();
    hooks.before();
    expect(answers.map((answer) => askAtTestEnd(async () => answer))).toEqual([true, true, true]);

    await hooks.after();
    await expect(hooks.after()).rejects.toThrow("one was forgotten");
    hooks.before();
    await hooks.after();
  });

  it("asks nobody twice where a door hands in hooks beside the global ones", async () => {
    const { hooks, hookInto, askAtTestEnd } = await loadedWithHooks();
    const others = { beforeEach: vi.fn(), afterEach: vi.fn() };
    hookInto(others);
    hooks.before();
    askAtTestEnd(async () => null);

    await hooks.after();

    expect(others.afterEach).not.toHaveBeenCalled();
  });
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
async function loadedWithHooks(): Promise<
  typeof import("../../src/testing/runner-hooks.ts") & { hooks: { before(): void; after(): Promise<void> } }
> {
  let before = (): void => undefined;
  let after = async (): Promise<void> => undefined;
  vi.stubGlobal("beforeEach", (fn: () => void) => {
    before = fn;
  });
  vi.stubGlobal("afterEach", (fn: () => Promise<void>) => {
    after = fn;
  });
  vi.resetModules();
  const module = await import("../../src/testing/runner-hooks.ts");
  vi.unstubAllGlobals();
  return { ...module, hooks: { before: () => before(), after: () => after() } };
}

function readReport(file: string, otherwise: string): readonly Result[] {
  try {
    // `as`: what the runner's JSON reporter writes
    const { testResults } = JSON.parse(readFileSync(file, "utf8")) as Report;
    return testResults.flatMap(({ assertionResults }) => assertionResults);
  } catch (cause) {
    throw new Error(`The runner wrote no report:\n${otherwise}`, { cause });
  }
}
