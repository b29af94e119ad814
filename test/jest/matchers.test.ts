// The matchers under Jest itself, in a process of its own: how they hold, fail, and are missed when nobody awaits them.

import { spawnSync } from "node:child_process";
import {
  copyFileSync,
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
import { build } from "tsup";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

const SUITE = `
const { Job } = require("wheelwright");
const { createTestKit, expectEnqueued } = require("wheelwright/testing");

class SendEmailJob extends Job { async perform({ fails }) { if (fails) throw new Error("SMTP is down"); } }
let kit;
beforeEach(async () => {
  kit = await createTestKit({ jobs: [SendEmailJob], now: "2030-01-01T09:00:00Z", leftovers: "ignore" });
});

test("the matchers hold", async () => {
  const job = await SendEmailJob.enqueue({ to: "ada", fails: true });
  await expect(kit).toHaveEnqueued(SendEmailJob, { to: expect.stringMatching(/^a/) });
  await expect(kit).toHavePending(SendEmailJob, expect.objectContaining({ to: "ada" }));
  await expect(kit).not.toBeIdle();
  await kit.drain();
  await expect(kit).not.toHaveRun(SendEmailJob);
  await expect(kit).toHaveRetriedAfter(SendEmailJob, "4s");
  await expect(job).toHaveRetriedAfter("4s");
  await expect(kit.during(() => SendEmailJob.enqueue({ to: "bob" }))).resolves.toHaveEnqueued(SendEmailJob);
});
test("a matcher fails", async () => {
  await SendEmailJob.enqueue({ to: "ada" });
  await expect(kit).toHaveEnqueued(SendEmailJob, { to: expect.stringContaining("bob") });
});
test("a function fails", async () => {
  await SendEmailJob.enqueue({ to: "ada" });
  await expectEnqueued(kit, SendEmailJob, { to: "bob" });
});
test("a matcher is not awaited", async () => {
  expect(kit).not.toHaveEnqueued(SendEmailJob);
});
test("a function is not awaited", async () => {
  expectEnqueued(SendEmailJob);
});
`;

interface Report {
  readonly testResults: readonly [
    { readonly assertionResults: readonly { title: string; status: string; failureMessages: readonly string[] }[] },
  ];
}

describe("the door wheelwright/jest", () => {
  let folder: string;
  let results: Report["testResults"][0]["assertionResults"];

  beforeAll(async () => {
    // Outside of the project: Jest looks for no tests below a node_modules, and a test of its own is none of the project's.
    folder = realpathSync(mkdtempSync(join(tmpdir(), "jest-door-")));
    const installed = join(folder, "node_modules/wheelwright");
    mkdirSync(installed, { recursive: true });
    symlinkSync(join(root, "node_modules/@jest"), join(folder, "node_modules/@jest"), "junction");
    copyFileSync(join(root, "package.json"), join(installed, "package.json"));
    const entry = { index: "src/index.ts", testing: "src/testing/index.ts", jest: "src/jest/index.ts" };
    const format = ["cjs" as const];
    await build({ entry, format, config: false, target: "node20", outDir: join(installed, "dist"), silent: true });
    writeFileSync(join(folder, "matchers.test.js"), SUITE);
    results = runJest(folder);
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const failureOf = (title: string): string => {
    const result = results.find((each) => each.title === title);
    return result?.status === "failed" ? result.failureMessages.join("\n") : `it ${result?.status}`;
  };

  it("registers matchers that hold, with Jest's own asymmetric matchers in the data", () => {
    expect(failureOf("the matchers hold")).toBe("it passed");
  });

  it("lets a matcher fail with the whole story, at the line of the test", () => {
    const message = failureOf("a matcher fails");

    expect(message.slice(0, message.indexOf("\n    at "))).toMatchInlineSnapshot(`
      "Error: No SendEmailJob like this was enqueued.

        expected  { to: StringContaining "bob" }

        nearest   #1 SendEmailJob, due now
                    data.to  "ada"  expected StringContaining "bob""
    `);
    expect(message.slice(message.indexOf("\n    at ")).split("\n")[1]).toContain("matchers.test.js");
  });

  it("lets a function fail with its message once, and no other difference beside it", () => {
    const message = failureOf("a function fails");

    expect(message.slice(0, message.indexOf("\n    at "))).toMatchInlineSnapshot(`
      "assert.fail(received, expected)

      Message:
        No SendEmailJob like this was enqueued.

        expected  { to: "bob" }

        nearest   #1 SendEmailJob, due now
                    data.to  "ada"  expected "bob""
    `);
    expect(message.slice(message.indexOf("\n    at ")).split("\n")[1]).toContain("matchers.test.js");
  });

  it("R48 fails a test whose matcher or assertion nobody awaited", () => {
    expect(failureOf("a matcher is not awaited")).toContain(
      "expect(…).not.toHaveEnqueued(SendEmailJob) was never awaited",
    );
    expect(failureOf("a function is not awaited")).toContain("expectEnqueued(SendEmailJob) was never awaited");
  });
});

function runJest(folder: string): Report["testResults"][0]["assertionResults"] {
  const config = {
    rootDir: folder,
    setupFilesAfterEnv: ["wheelwright/jest"],
    transform: {},
  };
  const outputFile = join(folder, "report.json");
  const { stderr } = spawnSync(
    process.execPath,
    [
      join(root, "node_modules/jest/bin/jest.js"),
      "--config",
      JSON.stringify(config),
      "--json",
      `--outputFile=${outputFile}`,
    ],
    { cwd: folder, encoding: "utf8", env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" } },
  );
  try {
    return (JSON.parse(readFileSync(outputFile, "utf8")) as Report).testResults[0].assertionResults; // `as`: Jest's own report
  } catch (cause) {
    throw new Error(`Jest gave no report:\n${stderr}`, { cause });
  }
}
