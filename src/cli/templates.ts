// The files that `generate` and `init` write.

import type { Language, Project } from "./project.ts";

/** A job about to be written: its name, and what it says over the defaults (R1). */
export interface JobPlan {
  /** Ends in Job. */
  readonly name: string;
  readonly description: string;
  readonly queue?: string | undefined;
  readonly priority?: number | undefined;
  /** A cron expression. A job that enqueues itself has no data. */
  readonly schedule?: string | undefined;
  /** Seconds; so is `timeout`. */
  readonly delay?: number | undefined;
  /** Attempts in all. */
  readonly retries?: number | undefined;
  readonly timeout?: number | undefined;
}

/** `send-email-job` of `SendEmailJob`. */
export function fileNameOf(jobName: string): string {
  return jobName.replaceAll(/([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])/g, "$1$3-$2$4").toLowerCase();
}

/** The class. Every line of it is there to be changed. */
export function jobFile(plan: JobPlan, { language }: Project): string {
  const isTyped = language === "ts";
  const { name } = plan;
  const hasData = plan.schedule === undefined;
  const data = `${name.replace(/Job$/, "")}Data`;
  const lines = [
    `// ${plan.description}`,
    "",
    fetched(language, isTyped ? "Job, type JobContext" : "Job", "wheelwright"),
    "",
    ...(hasData && isTyped
      ? [
          "/** What it is enqueued with: JSON, so no Date, Map or class instance. */",
          `export interface ${data} {`,
          "  readonly id: number;",
          "}",
          "",
        ]
      : []),
    `${language === "cjs" ? "" : "export "}class ${name} extends Job${hasData && isTyped ? `<${data}>` : ""} {`,
    ...(plan.schedule === undefined
      ? []
      : [`  static ${isTyped ? "override " : ""}schedule = ${JSON.stringify(plan.schedule)};`, ""]),
    ...settingLines(plan, isTyped),
    ...(hasData ? [] : ["  /** It runs by its schedule, and so without data. */"]),
    performLine(isTyped, hasData ? data : null),
    `    context.log.info("${name} runs"${hasData ? ", { id: data.id }" : ""});`,
    "  }",
    "}",
    ...(language === "cjs" ? ["", `module.exports = { ${name} };`] : []),
  ];
  return `${lines.join("\n")}\n`;
}

/** Its test: it is enqueued as it says, runs, and gives up after its attempts. */
export function jobTestFile(plan: JobPlan, project: Project, pathToJob: string): string {
  const { name } = plan;
  const attempts = plan.retries ?? 3;
  const data = plan.schedule === undefined ? "{ id: 7 }" : "{}";
  const args = plan.schedule === undefined ? data : "";
  const options = [
    ...(plan.queue === undefined ? [] : [`queue: ${JSON.stringify(plan.queue)}`]),
    ...(plan.priority === undefined ? [] : [`priority: ${plan.priority}`]),
    ...(plan.delay === undefined ? [] : [`in: "${plan.delay}s"`]),
  ];
  const lines = [
    ...headOfTest(project),
    fetched(project.language, "createTestKit, expectEnqueued, expectRan", "wheelwright/testing"),
    fetched(project.language, name, pathToJob),
    "",
    `it("${name} runs", async () => {`,
    `  const kit = await createTestKit({ jobs: [${name}] });`,
    "",
    `  await ${name}.enqueue(${args});`,
    `  await expectEnqueued(kit, ${name}, ${data}${options.length === 0 ? "" : `, { ${options.join(", ")} }`});`,
    "  await kit.drainUntilIdle(); // runs it, and moves the kit's own clock where it has to wait",
    "",
    `  await expectRan(kit, ${name}, ${data}, { attempts: 1 });`,
    "  await kit.dispose();",
    "});",
    "",
    `it("${name} gives up after ${attempts} ${attempts === 1 ? "attempt" : "attempts"}", async () => {`,
    `  const kit = await createTestKit({ jobs: [${name}] });`,
    `  kit.stub(${name}, { fails: ${attempts} }); // stands in for perform`,
    `  kit.expectFailure(${name}); // else the drain would reject with its error`,
    "",
    `  await ${name}.enqueue(${args});`,
    "  const report = await kit.drainUntilIdle();",
    "",
    project.runner === "node"
      ? `  assert.equal(report.ran, ${attempts});`
      : `  expect(report.ran).toBe(${attempts}); // maxRetries counts them all, the first included`,
    "  await kit.dispose();",
    "});",
  ];
  return `${lines.join("\n")}\n`;
}

/** The config, with the first job. */
export function configFile(jobName: string, pathToJob: string, { language }: Project): string {
  const body = [
    "{",
    "  // sqlite:FILE, postgres://…, mysql://… or pglite:FOLDER; a file's path begins at this folder.",
    '  store: process.env.DATABASE_URL ?? "sqlite:wheelwright.db",',
    `  jobs: [${jobName}],`,
    "}",
  ].join("\n");
  const lines = [
    "// What `wheelwright` works with. `wheelwright --help` says what it can do.",
    "",
    fetched(language, "defineConfig", "wheelwright"),
    fetched(language, jobName, pathToJob),
    "",
    language === "cjs" ? `module.exports = defineConfig(${body});` : `export default defineConfig(${body});`,
  ];
  return `${lines.join("\n")}\n`;
}

function settingLines(plan: JobPlan, isTyped: boolean): readonly string[] {
  const settings: readonly (readonly [name: string, value: string | number | undefined, why: string])[] = [
    ["queue", plan.queue === undefined ? undefined : JSON.stringify(plan.queue), ""],
    ["priority", plan.priority, " // higher first; 0 is normal"],
    ["maxRetries", plan.retries, " // attempts in all, the first included"],
    ["delay", plan.delay, " // seconds that a plain enqueue waits"],
    ["timeout", plan.timeout, " // seconds"],
  ];
  const lines = settings
    .filter(([, value]) => value !== undefined)
    .map(([name, value, why]) => `  ${isTyped ? "override " : ""}${name} = ${value};${why}`);
  return lines.length === 0 ? [] : [...lines, ""];
}

function performLine(isTyped: boolean, data: string | null): string {
  if (!isTyped) return `  async perform(${data === null ? "_data" : "data"}, context) {`;
  return `  override async perform(${data === null ? "_data: object" : `data: ${data}`}, context: JobContext): Promise<void> {`;
}

function headOfTest({ language, runner }: Project): readonly string[] {
  if (runner === "vitest") return [fetched(language, "expect, it", "vitest")];
  if (runner === "jest") return language === "cjs" ? [] : [fetched(language, "expect, it", "@jest/globals")];
  const assert =
    language === "cjs" ? 'const assert = require("node:assert/strict");' : 'import assert from "node:assert/strict";';
  return [assert, fetched(language, "it", "node:test")];
}

function fetched(language: Language, names: string, from: string): string {
  if (language !== "cjs") return `import { ${names} } from ${JSON.stringify(from)};`;
  return `const { ${names} } = require(${JSON.stringify(from)});`;
}
