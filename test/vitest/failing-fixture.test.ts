// What a kit finds wrong at the end of a test fails that test: seen by running a suite that fails, in a vitest of its own.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

const SUITE = `
import { expect } from "vitest";
import { Job } from "wheelwright";
import { expectEnqueued } from "wheelwright/testing";
import { createKitTest, test as bareTest } from "wheelwright/vitest";

class SendEmailJob extends Job { perform() {} }
const test = createKitTest({ jobs: [SendEmailJob], leftovers: "fail", now: "2030-01-01T09:00:00Z" });

test("a matcher fails", async ({ kit }) => {
  await SendEmailJob.enqueue({ to: "ada" });
  await kit.drain();
  await expect(kit).toHaveEnqueued(SendEmailJob, { to: "bob" });
});
test("a function fails", async ({ kit }) => {
  await SendEmailJob.enqueue({ to: "ada" });
  await kit.drain();
  await expectEnqueued(kit, SendEmailJob, { to: "bob" });
});
test("a matcher is not awaited", async ({ kit }) => {
  expect(kit).not.toHaveEnqueued(SendEmailJob);
});
test("a job is left unrun", async () => {
  await SendEmailJob.enqueue({ to: "ada" });
});
test("a drain is not awaited", async ({ kit }) => {
  await SendEmailJob.enqueue({ to: "ada" });
  kit.drain();
});
test("the body throws", async ({ kit }) => {
  kit.expectFailure(SendEmailJob);
  await SendEmailJob.enqueue({ to: "ada" });
  throw new Error("the body's own");
});
bareTest("no options are set", async ({ kit }) => {
  await kit.drain();
});
test("all is well", async ({ kit }) => {
  await expect(kit).not.toHaveEnqueued(SendEmailJob);
});
`;

interface Report {
  readonly testResults: readonly [
    { readonly assertionResults: readonly { title: string; status: string; failureMessages: readonly string[] }[] },
  ];
}

describe("a failing test with a kit", () => {
  let folder: string;
  let results: Report["testResults"][0]["assertionResults"];

  beforeAll(() => {
    // Inside the project, where the aliases of its configuration hold.
    folder = mkdtempSync(join(root, "node_modules/.failing-"));
    writeFileSync(join(folder, "failing.test.ts"), SUITE);
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [
        "node_modules/vitest/vitest.mjs",
        "run",
        "--dir",
        folder,
        "--config",
        "test/vitest/failing.config.ts",
        "--reporter=json",
      ],
      { cwd: root, encoding: "utf8", env: { ...process.env, FAILING_DIR: folder, NO_COLOR: "1" } },
    );
    const start = stdout.indexOf("{");
    if (start < 0) throw new Error(`vitest gave no report:\n${stdout}\n${stderr}`);
    results = (JSON.parse(stdout.slice(start)) as Report).testResults[0].assertionResults; // `as`: vitest's own report
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const failureOf = (title: string): string => {
    const result = results.find((each) => each.title === title);
    return result?.status === "failed" ? result.failureMessages.join("\n") : `it ${result?.status}`;
  };

  it.each(["a matcher fails", "a function fails"])("%s: the message says it all, and points to the test", (title) => {
    const message = failureOf(title);

    expect(message).toContain(
      'No SendEmailJob like this was enqueued.\n\n  expected  { to: "bob" }\n\n  nearest   #1 SendEmailJob, completed\n              data.to  "ada"  expected "bob"',
    );
    expect(message).toMatch(/\n {4}at .*failing\.test\.ts/);
  });

  it("R48 fails for a matcher that nobody awaited", () => {
    expect(failureOf("a matcher is not awaited")).toContain(
      "expect(…).not.toHaveEnqueued(SendEmailJob) was never awaited",
    );
  });

  it("R48 fails for a job that was left unrun where the kit is told to", () => {
    expect(failureOf("a job is left unrun")).toContain("1 job was left unrun: SendEmailJob");
  });

  it("R48 fails for a drain that nobody awaited, and says where it was called", () => {
    expect(failureOf("a drain is not awaited")).toMatch(
      /kit\.drain\(\) was never awaited, .*\n {4}Called at .*failing\.test\.ts:\d+/,
    );
  });

  it("adds nothing to what the body threw", () => {
    const message = failureOf("the body throws");

    expect(message).toContain("the body's own");
    expect(message).not.toContain("The test kit found a problem");
  });

  it("asks for options where none are set", () => {
    expect(failureOf("no options are set")).toContain("make the test with createKitTest({ app: jobs })");
  });

  it("lets a test pass after all these", () => {
    expect(failureOf("all is well")).toBe("it passed");
  });
});
