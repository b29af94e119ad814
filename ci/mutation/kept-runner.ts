// vitest's runner under mutation, in its worker: once it has been started it stays, and runs the tests it is asked for with the
// mutant it is asked for. The modules of src are loaded once; of the tests only the files themselves, anew for each run.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { BroadcastChannel } from "node:worker_threads";
import { type Suite, startTests, type Test } from "@vitest/runner";
import { vi } from "vitest";
import { VitestTestRunner } from "vitest/runners";
import { nearestFirst } from "./nearest-first.ts";

/** Where Stryker's instrumented code looks which mutant is on, and counts what it reaches. */
interface Stryker {
  activeMutant: string | undefined;
  currentTestId: string | undefined;
  hitCount: number | undefined;
  hitLimit: number | undefined;
  mutantCoverage?: { readonly static: object; readonly perTest: object };
}

interface Mutant {
  readonly type: "mutant";
  readonly id: string;
  readonly file: string;
  readonly tests: readonly string[];
  readonly hitLimit: number | undefined;
}

type Question = { readonly type: "dry run"; readonly files: readonly string[] } | { readonly type: "end" } | Mutant;

const host = globalThis as {
  __stryker__?: Stryker;
  [shared: symbol]: { kits?: Set<unknown>; installed?: unknown; processDefault?: unknown } | undefined;
}; // `as`: what Stryker and src put there
host.__stryker__ ??= { activeMutant: undefined, currentTestId: undefined, hitCount: undefined, hitLimit: undefined };
const stryker: Stryker = host.__stryker__;
/** How long each test took unharmed, in milliseconds; for the processes that did not run them so. */
const DURATIONS = "ci/mutation/.durations.json";
/** A test has six times what it takes unharmed, and this at least; then it waits for what the mutant took away. */
const LEAST_TIMEOUT_MS = 2_000;

export default class KeptRunner extends VitestTestRunner {
  override async onAfterRunFiles(): Promise<void> {
    super.onAfterRunFiles();
    const channel = new BroadcastChannel(`mutants ${process.pid}`);
    await new Promise<void>((resolve) => {
      channel.onmessage = async (event) => {
        const question = (event as { data: Question }).data; // `as`: what runner.mjs sends
        if (question.type === "end") resolve();
        else
          channel.postMessage(
            await (question.type === "dry run" ? dryRun(this, question.files) : tryOut(this, question)),
          );
      };
      channel.postMessage("ready");
    });
    channel.close();
  }
}

/** Every test unharmed: what it reaches, and how long it takes. */
async function dryRun(outer: KeptRunner, files: readonly string[]): Promise<object> {
  const runner = new Nested(outer, 60_000);
  const tests: object[] = [];
  const durations: Record<string, number> = {};
  for (const file of files) {
    for (const test of await runner.play(file, null)) {
      const took = test.result?.duration ?? 0;
      durations[test.file.name] = Math.max(durations[test.file.name] ?? 0, took);
      const name = nameOf(test);
      const result = { id: idOf(test), name, fileName: test.file.filepath, timeSpentMs: took };
      if (test.result?.state === "pass") tests.push({ ...result, status: 0 });
      if (test.result?.state === "fail") tests.push({ ...result, status: 1, failureMessage: messageOf(test) });
    }
  }
  writeFileSync(DURATIONS, JSON.stringify(durations));
  const mutantCoverage = stryker.mutantCoverage ?? { static: {}, perTest: {} };
  return { status: "complete", tests, mutantCoverage };
}

/** The tests that reach the mutant, from the nearest to the farthest, until one notices; and that one once more without it. */
async function tryOut(outer: KeptRunner, mutant: Mutant): Promise<{ isDirty: boolean; result: object }> {
  const runner = new Nested(outer, LEAST_TIMEOUT_MS);
  const wanted = new Set(mutant.tests);
  const files = new Set(mutant.tests.map((id) => id.slice(0, id.indexOf("#"))));
  stryker.hitCount = mutant.hitLimit === undefined ? undefined : 0;
  stryker.hitLimit = mutant.hitLimit;
  let ran = 0;
  const unhandled: unknown[] = [];
  const hear = (error: unknown): void => {
    unhandled.push(error);
  };
  process.on("unhandledRejection", hear);
  try {
    for (const file of nearestFirst(mutant.file, [...files])) {
      stryker.activeMutant = mutant.id;
      const tests = await runner.play(file, wanted);
      stryker.activeMutant = undefined;
      ran += tests.length;
      clean();
      const failed = tests.find(({ result }) => result?.state === "fail");
      if (failed === undefined && unhandled.length === 0) continue;
      const again = await new Nested(outer, 60_000).play(file, failed === undefined ? wanted : new Set([idOf(failed)]));
      clean();
      const killedBy = failed === undefined ? tests.map(idOf) : [idOf(failed)];
      const failureMessage = failed === undefined ? `Unhandled: ${String(unhandled[0])}` : messageOf(failed);
      return {
        isDirty: again.some(({ result }) => result?.state === "fail"),
        result: { status: "killed", killedBy, failureMessage, nrOfTests: ran },
      };
    }
    return { isDirty: false, result: { status: "survived", nrOfTests: ran } };
  } finally {
    stryker.activeMutant = undefined;
    stryker.hitCount = undefined;
    process.off("unhandledRejection", hear);
  }
}

/** What a test that was cut short leaves to the next ones. */
function clean(): void {
  const shared = host[Symbol.for("wheelwright/1")];
  shared?.kits?.clear();
  if (shared !== undefined) Object.assign(shared, { installed: null, processDefault: null });
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
}

/** Runs a file, of which only the tests wanted, and none after one that failed. */
class Nested extends VitestTestRunner {
  #wanted: ReadonlySet<string> | null = null;
  #hasFailed = false;

  constructor(outer: KeptRunner, testTimeout: number) {
    super({ ...Reflect.get(outer, "config"), testTimeout, hookTimeout: testTimeout });
    for (const part of ["moduleRunner", "_otel"]) Reflect.set(this, part, Reflect.get(outer, part));
  }

  async play(file: string, wanted: ReadonlySet<string> | null): Promise<readonly Test[]> {
    this.#wanted = wanted;
    this.#hasFailed = false;
    const config = Reflect.get(this, "config");
    config.testTimeout = Math.max(config.testTimeout, 6 * (knownDurations()[relative(process.cwd(), file)] ?? 0));
    const files = await startTests([file], this);
    if (loadsAnew(file)) {
      Reflect.get(this, "moduleRunner").mocker?.reset();
      vi.resetModules();
    }
    return files.flatMap((task) => {
      // A file that cannot be loaded has no tests to tell of it.
      if (task.result?.state === "fail" && task.result.errors?.length)
        return [{ ...task, file: task } as unknown as Test];
      return testsIn(task).filter(({ mode }) => mode !== "skip");
    });
  }

  override importFile(filepath: string): unknown {
    const modules = Reflect.get(this, "workerState").evaluatedModules;
    const node = modules.getModuleById(filepath);
    if (node !== undefined) modules.invalidateModule(node);
    return Reflect.get(this, "moduleRunner").import(filepath);
  }

  onCollected(): void {
    // Nobody is told: vitest itself knows one test only.
  }

  onTaskUpdate(): Promise<void> {
    return Promise.resolve();
  }

  override async onBeforeRunTask(test: Test): Promise<void> {
    const isWanted = this.#wanted === null || (this.#wanted.has(idOf(test)) && !this.#hasFailed);
    if (!isWanted) test.mode = "skip";
    await super.onBeforeRunTask(test);
  }

  override onBeforeTryTask(test: Test): void {
    if (this.#wanted === null) stryker.currentTestId = idOf(test);
    super.onBeforeTryTask(test);
  }

  override onAfterRunTask(test: Test): void {
    stryker.currentTestId = undefined;
    this.#hasFailed ||= test.result?.state === "fail";
    super.onAfterRunTask(test);
  }
}

/** Whether a test file loads modules in a way that the files after it must not meet. */
function loadsAnew(file: string): boolean {
  return /\bvi\.(mock|resetModules)\(/.test(readFileSync(file, "utf8"));
}

let known: Record<string, number> | null = null;
function knownDurations(): Record<string, number> {
  if (known === null && existsSync(DURATIONS)) known = JSON.parse(readFileSync(DURATIONS, "utf8"));
  return known ?? {};
}

function testsIn(suite: Suite): Test[] {
  return suite.tasks.flatMap((task) => (task.type === "test" ? [task] : testsIn(task)));
}

function idOf(test: Test): string {
  return `${test.file.filepath}#${nameOf(test)}`;
}

function nameOf(test: Test): string {
  const names: string[] = [];
  for (let task: Test | Suite | undefined = test; task !== undefined; task = task.suite) names.unshift(task.name);
  return names.join(" ").trim();
}

function messageOf(test: Test): string {
  return test.result?.errors?.[0]?.message ?? "";
}
