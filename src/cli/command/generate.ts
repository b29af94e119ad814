// `wheelwright generate job`: a job and its test, which pass as they are written.

import { basename } from "node:path";
import { loadCron } from "../../engine/cron.ts";
import { failureMessage } from "../../job/failure-message.ts";
import { maxRetriesOf, timeoutOf } from "../../job/options.ts";
import { cleanText } from "../clean-text.ts";
import type { Io } from "../io.ts";
import { fileExtension, type Project, type ProjectOptions, projectIn } from "../project.ts";
import { fileNameOf, type JobPlan, jobFile, jobTestFile } from "../templates.ts";
import { UsageError } from "../usage-error.ts";
import { type NewFile, writeFiles } from "../write-files.ts";

export interface GenerateOptions extends ProjectOptions {
  readonly queue?: string;
  readonly priority?: number;
  readonly schedule?: string;
  /** Milliseconds; so is `timeout`. */
  readonly delay?: number;
  readonly retries?: number;
  readonly timeout?: number;
  readonly description?: string;
  readonly force?: boolean;
}

export async function generateJob(io: Io, given: string, options: GenerateOptions): Promise<number> {
  const { schedule, delay, timeout, queue, priority, retries } = options;
  const name = jobNameOf(given);
  if (schedule !== undefined) await requireCron(schedule);
  requireLimits(options);
  const project = projectIn(io.cwd, options);
  const plan: JobPlan = {
    name,
    description: descriptionOf(options.description, name),
    queue,
    priority,
    schedule,
    delay: delay === undefined ? undefined : delay / 1000,
    retries,
    timeout: timeout === undefined ? undefined : timeout / 1000,
  };
  const files = filesOf(plan, project);
  writeFiles(io.cwd, files, options.force === true);
  io.stdout.write(
    `${files.map(({ path }) => `wrote ${path}`).join("\n")}\nAdd ${name} to the jobs of wheelwright.config, and run its test with: ${testCommand(project)}\n`,
  );
  return 0;
}

/** The job and its test, beside each other. */
export function filesOf(plan: JobPlan, project: Project): readonly NewFile[] {
  const path = jobPath(plan.name, project);
  const extension = fileExtension(project.language);
  const specifier = `./${basename(path)}${project.importExtension}`;
  return [
    { path: `${path}.${extension}`, text: jobFile(plan, project) },
    { path: `${path}.test.${extension}`, text: jobTestFile(plan, project, specifier) },
  ];
}

/** Of the job's file, without its extension. */
export function jobPath(name: string, { jobsFolder }: Project): string {
  return `${jobsFolder}/${fileNameOf(name)}`;
}

export function testCommand({ runner, language }: Project): string {
  // Jest reads modules behind a flag of Node.js only.
  const jest = language === "js" ? "node --experimental-vm-modules node_modules/jest/bin/jest.js" : "npx jest";
  return { vitest: "npx vitest run", jest, node: "node --test" }[runner];
}

/** `SendEmailJob` of send-email, sendEmail, SendEmail and SendEmailJob. */
function jobNameOf(given: string): string {
  const words = given.split(/[-_\s]+/).filter((word) => word !== "");
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  if (!/^[A-Z][A-Za-z0-9]*$/.test(name)) {
    throw new UsageError(
      `wheelwright generate job: "${cleanText(given)}" makes no class name. Use letters and digits, a letter first: SendEmail, send-email.`,
    );
  }
  return name.endsWith("Job") && name !== "Job" ? name : `${name}Job`;
}

/** One line of a comment. */
function descriptionOf(given: string | undefined, name: string): string {
  if (given !== undefined && given.trim() !== "") return cleanText(given.trim());
  const words = fileNameOf(name).replace(/-job$/, "").replaceAll("-", " ");
  return `The job "${words}".`;
}

/** A class that says more than R4 allows could not be used. */
function requireLimits({ retries, timeout }: GenerateOptions): void {
  try {
    if (retries !== undefined) maxRetriesOf(retries, "--retries");
    if (timeout !== undefined) timeoutOf(timeout / 1000, "--timeout");
  } catch (error) {
    throw new UsageError(`wheelwright generate job: ${failureMessage(error)}`);
  }
}

/** What never fires, or cannot be read, is refused before anything is written (R36). */
async function requireCron(expression: string): Promise<void> {
  try {
    await loadCron(expression, "UTC");
  } catch (error) {
    throw new UsageError(`wheelwright generate job: --schedule: ${failureMessage(error)}`);
  }
}
