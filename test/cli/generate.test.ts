// `wheelwright generate job` and `wheelwright init`: what they write, for each kind of project.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { aTerminal } from "./a-terminal.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A folder with some files; a folder's name ends in a slash. */
function aProject(files: Readonly<Record<string, unknown>>): string {
  const folder = mkdtempSync(join(tmpdir(), "wheelwright-project-"));
  folders.push(folder);
  for (const [path, content] of Object.entries(files)) {
    if (path.endsWith("/")) mkdirSync(join(folder, path), { recursive: true });
    else writeFileSync(join(folder, path), JSON.stringify(content));
  }
  return folder;
}

function written(folder: string): readonly string[] {
  const all = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return all.filter((path) => /job|config/.test(path) && path.includes(".") && !path.includes("tsconfig")).sort();
}

const read = (folder: string, path: string) => readFileSync(join(folder, path), "utf8");

describe("wheelwright generate job", () => {
  it("writes a job and its test, in TypeScript for vitest", async () => {
    const cwd = aProject({ "tsconfig.json": {}, "package.json": { devDependencies: { vitest: "4" } }, "src/": null });

    const flags = ["--queue=mail", "--priority=high", "--retries=5", "--delay=1m", "--timeout=90"];
    const ran = await aTerminal({ cwd }).run("generate", "job", "send-email", ...flags, "--description", "Sends mail.");

    expect(ran).toEqual({
      code: 0,
      stderr: "",
      stdout: `\
wrote src/jobs/send-email-job.ts
wrote src/jobs/send-email-job.test.ts
Add SendEmailJob to the jobs of wheelwright.config, and run its test with: npx vitest run
`,
    });
    expect(read(cwd, "src/jobs/send-email-job.ts")).toBe(`\
// Sends mail.

import { Job, type JobContext } from "wheelwright";

/** What it is enqueued with: JSON, so no Date, Map or class instance. */
export interface SendEmailData {
  readonly id: number;
}

export class SendEmailJob extends Job<SendEmailData> {
  override queue = "mail";
  override priority = 10; // higher first; 0 is normal
  override maxRetries = 5; // attempts in all, the first included
  override delay = 60; // seconds that a plain enqueue waits
  override timeout = 90; // seconds

  override async perform(data: SendEmailData, context: JobContext): Promise<void> {
    context.log.info("SendEmailJob runs", { id: data.id });
  }
}
`);
    expect(read(cwd, "src/jobs/send-email-job.test.ts")).toBe(`\
import { expect, it } from "vitest";
import { createTestKit, expectEnqueued, expectRan } from "wheelwright/testing";
import { SendEmailJob } from "./send-email-job.js";

it("SendEmailJob runs", async () => {
  const kit = await createTestKit({ jobs: [SendEmailJob] });

  await SendEmailJob.enqueue({ id: 7 });
  await expectEnqueued(kit, SendEmailJob, { id: 7 }, { queue: "mail", priority: 10, in: "60s" });
  await kit.drainUntilIdle(); // runs it, and moves the kit's own clock where it has to wait

  await expectRan(kit, SendEmailJob, { id: 7 }, { attempts: 1 });
  await kit.dispose();
});

it("SendEmailJob gives up after 5 attempts", async () => {
  const kit = await createTestKit({ jobs: [SendEmailJob] });
  kit.stub(SendEmailJob, { fails: 5 }); // stands in for perform
  kit.expectFailure(SendEmailJob); // else the drain would reject with its error

  await SendEmailJob.enqueue({ id: 7 });
  const report = await kit.drainUntilIdle();

  expect(report.ran).toBe(5); // maxRetries counts them all, the first included
  await kit.dispose();
});
`);
  });

  it.each([
    ["--retries=99999999999", "--retries is 99999999999; expected an integer from 1"],
    ["--timeout=0", "--timeout is 0; expected seconds from 0.001"],
    ["--timeout=100000d", "--timeout is 8640000000; expected seconds from 0.001"],
  ])("R4 refuses %s, with which no class could be used", async (flag, told) => {
    const cwd = aProject({});

    const { code, stderr } = await aTerminal({ cwd }).run("generate", "job", "SendEmail", flag);

    expect(code).toBe(2);
    expect(stderr).toContain(told);
    expect(written(cwd)).toEqual([]);
  });

  it("writes a schedule's job without data", async () => {
    const cwd = aProject({ "package.json": { type: "module" } });

    await aTerminal({ cwd }).run("generate", "job", "NightlyReportJob", "--schedule", "0 3 * * *");

    expect(read(cwd, "jobs/nightly-report-job.js")).toBe(`\
// The job "nightly report".

import { Job } from "wheelwright";

export class NightlyReportJob extends Job {
  static schedule = "0 3 * * *";

  /** It runs by its schedule, and so without data. */
  async perform(_data, context) {
    context.log.info("NightlyReportJob runs");
  }
}
`);
  });

  it.each([
    ["SendEmail", "SendEmailJob", "send-email-job"],
    ["sendEmail", "SendEmailJob", "send-email-job"],
    ["send_email job", "SendEmailJob", "send-email-job"],
    ["SendEmailJob", "SendEmailJob", "send-email-job"],
    ["SyncHTTPCache", "SyncHTTPCacheJob", "sync-http-cache-job"],
    ["job", "JobJob", "job-job"],
  ])("makes of %j the class %s in %s", async (given, name, file) => {
    const cwd = aProject({ "package.json": { type: "module" } });

    await aTerminal({ cwd }).run("generate", "job", given);

    expect(written(cwd)).toEqual([`jobs/${file}.js`, `jobs/${file}.test.js`]);
    expect(read(cwd, `jobs/${file}.js`)).toContain(`export class ${name} extends Job {`);
  });

  it.each([
    [["--runner", "vitest"], 'from "vitest"', "npx vitest run"],
    [["--runner", "jest"], 'from "@jest/globals"', "node --experimental-vm-modules node_modules/jest/bin/jest.js"],
    [["--runner", "node"], 'from "node:test"', "node --test"],
  ])("is told the runner by %j, and says how to run the test", async (flags, inTest, command) => {
    const cwd = aProject({ "package.json": { type: "module" } });

    const { stdout } = await aTerminal({ cwd }).run("generate", "job", "Report", ...flags);

    expect(read(cwd, "jobs/report-job.test.js")).toContain(inTest);
    expect(stdout).toContain(`run its test with: ${command}\n`);
  });

  it("takes language and runner from who asks for them", async () => {
    const cwd = aProject({});

    const { stdout } = await aTerminal({ cwd }).run(
      "generate",
      "job",
      "Report",
      "--language",
      "ts",
      "--runner",
      "jest",
    );

    expect(written(cwd)).toEqual(["jobs/report-job.test.ts", "jobs/report-job.ts"]);
    expect(read(cwd, "jobs/report-job.test.ts")).toContain('from "@jest/globals"');
    expect(stdout).toContain("run its test with: npx jest\n");
  });

  it("writes over nothing, unless told to", async () => {
    const cwd = aProject({});
    const terminal = aTerminal({ cwd });
    await terminal.run("generate", "job", "Report", "--queue", "first");

    expect(await terminal.run("generate", "job", "Report", "--queue", "second")).toEqual({
      code: 1,
      stdout: "",
      stderr:
        "wheelwright: jobs/report-job.mjs and jobs/report-job.test.mjs are there already: nothing was written. --force writes over.\n",
    });
    expect(read(cwd, "jobs/report-job.mjs")).toContain('"first"');
    await terminal.run("generate", "job", "Report", "--queue", "second", "--force");
    expect(read(cwd, "jobs/report-job.mjs")).toContain('"second"');
  });

  it("keeps a description in its comment, and a queue in its text", async () => {
    const cwd = aProject({});

    await aTerminal({ cwd }).run("generate", "job", "Report", "--description", "one\n*/ two", "--queue", 'a"b');

    expect(read(cwd, "jobs/report-job.mjs")).toMatch(/^\/\/ one\\n\*\/ two\n\n/);
    expect(read(cwd, "jobs/report-job.mjs")).toContain(`queue = "a\\"b";`);
  });
});

describe("wheelwright init", () => {
  it.each([
    ["nothing", {}, ["jobs/welcome-job.mjs", "jobs/welcome-job.test.mjs", "wheelwright.config.mjs"], "node:test"],
    [
      "a package of modules",
      { "package.json": { type: "module" }, "src/": null },
      ["src/jobs/welcome-job.js", "src/jobs/welcome-job.test.js", "wheelwright.config.js"],
      "node:test",
    ],
    [
      "TypeScript",
      { "tsconfig.json": {} },
      ["jobs/welcome-job.test.ts", "jobs/welcome-job.ts", "wheelwright.config.ts"],
      '"vitest"',
    ],
    [
      "jest and TypeScript",
      { "package.json": { devDependencies: { jest: "30", typescript: "5" } } },
      ["jobs/welcome-job.test.ts", "jobs/welcome-job.ts", "wheelwright.config.ts"],
      '"@jest/globals"',
    ],
    [
      "jest and CommonJS",
      { "package.json": { dependencies: { jest: "30" } } },
      ["jobs/welcome-job.js", "jobs/welcome-job.test.js", "wheelwright.config.js"],
      'require("wheelwright/testing")',
    ],
  ])("fits into a folder with %s", async (_, files, expected, inTest) => {
    const cwd = aProject(files);

    const { code, stdout } = await aTerminal({ cwd }).run("init");

    expect(code).toBe(0);
    expect(written(cwd)).toEqual(expected);
    for (const path of expected) expect(stdout).toContain(`wrote ${path}\n`);
    expect(read(cwd, expected.find((path) => path.includes(".test.")) ?? "")).toContain(inTest);
  });

  it.each([
    [{ compilerOptions: {} }, "./jobs/welcome-job.js"],
    [{ compilerOptions: { allowImportingTsExtensions: true } }, "./jobs/welcome-job.ts"],
  ])("imports in TypeScript as %j has it", async (tsconfig, specifier) => {
    const cwd = aProject({ "tsconfig.json": tsconfig });

    await aTerminal({ cwd }).run("init");

    expect(read(cwd, "wheelwright.config.ts")).toBe(`\
// What \`wheelwright\` works with. \`wheelwright --help\` says what it can do.

import { defineConfig } from "wheelwright";
import { WelcomeJob } from "${specifier}";

export default defineConfig({
  // sqlite:FILE, postgres://…, mysql://… or pglite:FOLDER; a file's path begins at this folder.
  store: process.env.DATABASE_URL ?? "sqlite:wheelwright.db",
  jobs: [WelcomeJob],
});
`);
  });

  it("takes language and runner from who asks for them", async () => {
    const cwd = aProject({});

    await aTerminal({ cwd }).run("init", "--language", "ts", "--runner", "jest");

    expect(read(cwd, "jobs/welcome-job.test.ts")).toContain('from "@jest/globals"');
  });

  it("says what is to be installed", async () => {
    const cwd = aProject({ "tsconfig.json": {} });

    const { stdout } = await aTerminal({ cwd }).run("init");

    expect(stdout).toContain("npm install wheelwright ");
    expect(stdout).toContain("npm install -D vitest ");
  });

  it("writes over what is there when told to", async () => {
    const cwd = aProject({ "wheelwright.config.mjs": "old", "jobs/": null });
    writeFileSync(join(cwd, "jobs/welcome-job.mjs"), "mine");

    expect(await aTerminal({ cwd }).run("init", "--force")).toMatchObject({ code: 0, stderr: "" });

    expect(read(cwd, "wheelwright.config.mjs")).toContain("export default defineConfig({");
    expect(read(cwd, "jobs/welcome-job.mjs")).toContain("export class WelcomeJob");
  });

  it("leaves a config alone, of whichever kind", async () => {
    const cwd = aProject({ "wheelwright.config.cjs": {} });

    expect(await aTerminal({ cwd }).run("init")).toEqual({
      code: 1,
      stdout: "",
      stderr: "wheelwright: wheelwright.config.cjs is there already: nothing was written. --force writes over.\n",
    });
    expect(existsSync(join(cwd, "jobs"))).toBe(false);
  });
});
