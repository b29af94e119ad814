import { AsyncLocalStorage } from "node:async_hooks";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  type AmbientJobs,
  currentJobs,
  currentScope,
  detached,
  type OpenKit,
  runInScope,
  type Scope,
  shared,
} from "../../src/job/ambient.ts";
import { AmbiguousJobsError, NoJobsError } from "../../src/job/errors.ts";

function someJobs(): AmbientJobs {
  return { enqueueFrom: () => Promise.reject(new Error("not asked for here")) };
}

function someScope(jobs: AmbientJobs = someJobs()): Scope {
  return { jobs, attempt: null, kit: null };
}

function openKit(label: string): OpenKit {
  const kit = { label, jobs: someJobs() };
  shared.kits.add(kit);
  return kit;
}

afterEach(() => {
  shared.kits.clear();
  shared.installed = null;
  shared.processDefault = null;
});

describe("currentJobs", () => {
  it("is the scope's before all others", () => {
    const scope = someScope();
    shared.installed = openKit("installed");
    shared.processDefault = someJobs();

    expect(runInScope(scope, () => currentJobs("SendEmail"))).toBe(scope.jobs);
  });

  it("is the installed kit's where there is no scope, however many kits are open", () => {
    shared.installed = openKit("installed");
    openKit("other");

    expect(currentJobs("SendEmail")).toBe(shared.installed.jobs);
  });

  it("is the only open kit's, before the process default", () => {
    const kit = openKit("only");
    shared.processDefault = someJobs();

    expect(currentJobs("SendEmail")).toBe(kit.jobs);
  });

  it("is the process default where no kit is open", () => {
    shared.processDefault = someJobs();

    expect(currentJobs("SendEmail")).toBe(shared.processDefault);
  });

  it("is an error that names the kits where several are open and none is meant (BM-236)", () => {
    openKit("kit 1");
    openKit("kit 2");
    shared.processDefault = someJobs();

    expect(() => currentJobs("SendEmail")).toThrow(AmbiguousJobsError);
    expect(() => currentJobs("SendEmail")).toThrow("Cannot enqueue SendEmail: 2 test kits are open (kit 1; kit 2)");
  });

  it("is an error that says what to do where there is nothing", () => {
    expect(() => currentJobs("SendEmail")).toThrow(NoJobsError);
    expect(() => currentJobs("SendEmail")).toThrow(
      /createJobs\(\{ … }\)\.useAsDefault\(\).+createTestKit\(\{ jobs: \[SendEmail] }\)/,
    );
  });
});

describe("runInScope", () => {
  it("follows whatever is awaited, and ends with it (BM-236)", async () => {
    const scopes = Array.from({ length: 50 }, () => someScope());

    const seen = await Promise.all(
      scopes.map((scope) =>
        runInScope(scope, async () => {
          await new Promise(setImmediate);
          return currentScope();
        }),
      ),
    );

    expect(seen.every((scope, index) => scope === scopes[index])).toBe(true);
    expect(currentScope()).toBeUndefined();
  });

  it("comes back after a scope inside it (BM-241)", () => {
    const [outer, inner] = [someScope(), someScope()];

    runInScope(outer, () => {
      expect(runInScope(inner, currentScope)).toBe(inner);
      expect(currentScope()).toBe(outer);
    });
  });
});

describe("detached", () => {
  it("R16 leaves the attempt behind and keeps the Jobs", () => {
    const scope: Scope = { ...someScope(), attempt: { refuse: () => new Error("over") }, kit: {} };

    const seen = runInScope(scope, () => detached(() => currentScope()));

    expect(seen).toEqual({ jobs: scope.jobs, attempt: null, kit: scope.kit });
    expect(seen?.jobs).toBe(scope.jobs);
  });

  it("changes nothing outside an attempt", () => {
    const scope = someScope();

    expect(detached(() => 7)).toBe(7);
    expect(runInScope(scope, () => detached(currentScope))).toBe(scope);
  });
});

describe("shared", () => {
  it("R17 runs clean in the context of the first load: nothing of the caller's leaks in", () => {
    const tenants = new AsyncLocalStorage<string>();

    const seen = tenants.run("tenant 7", () =>
      runInScope(someScope(), () => shared.runClean(() => [tenants.getStore(), currentScope()])),
    );

    expect(seen).toEqual([undefined, undefined]);
  });

  it("is one for all copies of the package, so that they meet in one scope", async () => {
    vi.resetModules();
    const copy = await import("../../src/job/ambient.ts");
    const scope = someScope();

    expect(copy.currentJobs).not.toBe(currentJobs);
    expect(copy.shared).toBe(shared);
    expect(runInScope(scope, () => copy.currentJobs("SendEmail"))).toBe(scope.jobs);
    expect(() => copy.currentJobs("SendEmail")).toThrow(NoJobsError);
  });
});
