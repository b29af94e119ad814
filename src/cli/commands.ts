// The commands, their options and their help. What a command does is loaded when it is called.

import { type Command, Option } from "commander";
import type { Io } from "./io.ts";
import { RUNNERS } from "./project.ts";
import {
  amount,
  instant,
  jsonObject,
  oneOf,
  priority,
  queueName,
  queueNames,
  timeSpan,
  wholeNumber,
} from "./read-options.ts";

/** Adds them all. `done` is given the exit code of the one that ran. */
export function addCommands(program: Command, io: Io, done: (code: number) => void): void {
  addInit(program, io, done);
  addGenerate(program, io, done);
  addWork(program, io, done);
  addStatus(program, io, done);
  addMonitor(program, io, done);
  addRetry(program, io, done);
  addPurge(program, io, done);
  addEnqueue(program, io, done);
  addSchedule(program, io, done);
  addSchema(program, io, done);
}

type Add = (program: Command, io: Io, done: (code: number) => void) => void;

const addInit: Add = (program, io, done) => {
  program
    .command("init")
    .summary("write a config, a first job and its test")
    .description(
      "Writes wheelwright.config, a first job and its test into this folder, in the language and for the test runner of its package.json.",
    )
    .helpOption("-h, --help", "print this help")
    .option("--language <name>", "ts or js, instead of what the folder uses", oneOf(["ts", "js"]))
    .option("--runner <name>", "vitest, jest or node (node:test), instead of what is installed", oneOf(RUNNERS))
    .option("--force", "write over what is there")
    .addHelpText("after", examples(["wheelwright init", "wheelwright init --language ts --runner vitest"]))
    .action(async (options) => done(await (await import("./command/init.ts")).init(io, options)));
};

const addGenerate: Add = (program, io, done) => {
  const generate = program
    .command("generate")
    .summary("write a job and its test: generate job NAME")
    .description("Writes files to begin with.")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false);
  generate
    .command("job")
    .argument("<name>", "SendEmail or send-email: the class is SendEmailJob")
    .summary("write a job and its test")
    .description(
      "Writes a job and its test into src/jobs, or jobs where there is no src. The test passes as it is written. The class is then to be named in the config's jobs.",
    )
    .helpOption("-h, --help", "print this help")
    .option("--queue <name>", "the queue it goes to (default: default)", queueName)
    .option("--priority <n>", "a whole number, higher first, or low, normal, high (default: 0)", priority)
    .option("--schedule <cron>", 'it enqueues itself: "0 3 * * *" is 03:00 UTC every day')
    .option("--delay <time>", "due so long after its enqueue, in seconds or with a unit (default: 0)", timeSpan)
    .option(
      "--retries <n>",
      "maxRetries: runs in all, the first included, so 3 is two retries (default: 3)",
      wholeNumber(1),
    )
    .option(
      "--timeout <time>",
      "a run that takes longer has failed, in seconds or with a unit (default: 300)",
      timeSpan,
    )
    .option("--description <text>", "what it is for: its first comment")
    .option("--language <name>", "ts or js, instead of what the folder uses", oneOf(["ts", "js"]))
    .option("--runner <name>", "vitest, jest or node (node:test), instead of what is installed", oneOf(RUNNERS))
    .option("--force", "write over what is there")
    .addHelpText(
      "after",
      examples([
        "wheelwright generate job SendEmail --queue mail --retries 5",
        `wheelwright generate job nightly-report --schedule "0 3 * * *" --timeout 10m`,
      ]),
    )
    .action(async (name, options) =>
      done(await (await import("./command/generate.ts")).generateJob(io, name, options)),
    );
};

const addWork: Add = (program, io, done) => {
  const command = program
    .command("work")
    .summary("run jobs until told to stop")
    .description(
      "Runs jobs until told to stop. SIGTERM or Ctrl-C: running jobs finish, and what had not started is handed back; a second one aborts them. While the database is away it keeps trying.",
    )
    .option("--queue <names>", "only these queues, with commas between them; worked together, by priority", queueNames)
    .option("--concurrency <n>", "jobs at a time", wholeNumber(1), 1)
    .addOption(time("--interval <time>", "the longest sleep when nothing is due").default(5000, "5s"))
    .option("--max-jobs <n>", "stop after so many attempts", wholeNumber(1))
    .option("--lease <time>", "a job whose worker has died is taken over after so long (default: 30s)", timeSpan)
    .addOption(time("--shutdown-timeout <time>", "when told to stop, abort what still runs").default(25_000, "25s"))
    .option("--no-schedules", "do not fire the config's schedules; of several workers that do, one fires each tick")
    .option("--give-up-after <time>", "exit 1 when the database has been away for so long", timeSpan)
    .option("--quiet", "say nothing but warnings and errors");
  forStore(command, [
    "wheelwright work",
    "wheelwright work --queue mail,reports --concurrency 10",
    "wheelwright work --give-up-after 5m --shutdown-timeout 60",
  ]).addHelpText("after", "A time is in seconds, or has a unit: 500ms, 30s, 5m, 1h 30m.\n");
  command.action(async (options) => done(await (await import("./command/work.ts")).work(io, options)));
};

const addStatus: Add = (program, io, done) => {
  const command = program
    .command("status")
    .summary("count the jobs of each queue")
    .description("Counts the jobs of each queue, by status.")
    .option("--queue <names>", "only these queues, with commas between them", queueNames)
    .option("--format <format>", "table, json or prometheus", oneOf(["table", "json", "prometheus"]), "table");
  forStore(command, [
    "wheelwright status",
    "wheelwright status --queue mail,reports",
    "wheelwright status --format json",
  ]);
  command.action(async (options) => done(await (await import("./command/status.ts")).status(io, options)));
};

const addMonitor: Add = (program, io, done) => {
  const command = program
    .command("monitor")
    .summary("watch the queues, live")
    .description(
      "Shows counts, throughput, error rate, what waits longest, what ended last and what failed, again and again. Keys: r retries all that failed, q quits. Without a terminal it prints a line each time.",
    )
    .addOption(time("--interval <time>", "look again after so long").default(2000, "2s"))
    .option("--minutes <n>", "figures are about the last so many minutes", amount("above 0"), 60)
    .option("--queue <names>", "only these queues, with commas between them", queueNames)
    .option("--once", "print the screen once, and end");
  forStore(command, ["wheelwright monitor", "wheelwright monitor --queue mail --interval 500ms"]);
  command.action(async (options) => done(await (await import("./command/monitor.ts")).monitor(io, options)));
};

const addRetry: Add = (program, io, done) => {
  const command = program
    .command("retry")
    .argument("[id]", "the job; without it all that failed, oldest failure first")
    .summary("make failed jobs pending again")
    .description("Makes failed jobs pending again: due now, with all their attempts.")
    .option("--queue <names>", "only of these queues, with commas between them", queueNames)
    .option("--limit <n>", "at the most so many", wholeNumber(1));
  forStore(command, [
    "wheelwright retry",
    "wheelwright retry --queue mail --limit 100",
    "wheelwright retry 019b5f3c-8c00-7d1f-a1d5-1f6b6c3f0a42",
  ]);
  command.action(async (id, options) => done(await (await import("./command/retry.ts")).retry(io, id, options)));
};

const addPurge: Add = (program, io, done) => {
  const command = program
    .command("purge")
    .summary("delete jobs that ended long ago")
    .description(
      "Deletes jobs that ended long ago. Asks first on a terminal. Needs --completed, --failed, or the two together.",
    )
    .option("--completed", "those that completed")
    .option("--failed", "those that failed for good")
    .option("--older-than <days>", "that ended more than so many days ago", amount("0"), 7)
    .option("--queue <names>", "only of these queues, with commas between them", queueNames)
    .option("--force", "do not ask");
  forStore(command, [
    "wheelwright purge --completed",
    "wheelwright purge --completed --failed --older-than 30 --force",
  ]);
  command.action(async (options) => done(await (await import("./command/purge.ts")).purge(io, options)));
};

const addEnqueue: Add = (program, io, done) => {
  const command = program
    .command("enqueue")
    .argument("<class>", "a job class of the config, by its name")
    .summary("enqueue a job by hand")
    .description("Enqueues a job by hand. The class's settings and schema count.")
    .option("--data <json>", "a JSON object (default: {})", jsonObject)
    .option("--delay <time>", "due after seconds, or a time with its unit: 30s, 5m, 1h", timeSpan)
    .option("--at <instant>", "due at an instant, such as 2030-01-31T09:00:00Z", instant)
    .option("--queue <name>", "instead of the class's", queueName)
    .option("--priority <n>", "instead of the class's: a whole number, or low, normal, high", priority);
  forStore(command, [
    "wheelwright enqueue ReportJob",
    `wheelwright enqueue SendEmailJob --data '{"to":"ada@example.org"}' --delay 5m`,
  ]);
  command.action(async (name, options) =>
    done(await (await import("./command/enqueue.ts")).enqueue(io, name, options)),
  );
};

const addSchedule: Add = (program, io, done) => {
  const schedule = program
    .command("schedule")
    .summary("list what runs by the calendar, or run NAME now")
    .description("What runs by the calendar: classes with a static schedule, and the config's schedules.")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false);
  const list = schedule
    .command("list")
    .summary("what there is, and when it runs next")
    .description("Lists the schedules: when each runs next, when it ran last, and how often.")
    .option("--format <format>", "table or json", oneOf(["table", "json"]), "table");
  forStore(list, ["wheelwright schedule list"]);
  list.action(async (options) => done(await (await import("./command/schedule.ts")).scheduleList(io, options)));
  const run = schedule
    .command("run")
    .argument("<name>", "the schedule")
    .summary("enqueue its job now")
    .description("Enqueues a schedule's job now, in addition to its own runs: when it runs next stays as it is.");
  forStore(run, ["wheelwright schedule run NightlyReportJob"]);
  run.action(async (name, options) =>
    done(await (await import("./command/schedule.ts")).scheduleRun(io, name, options)),
  );
};

const addSchema: Add = (program, io, done) => {
  program
    .command("schema")
    .summary("print the statements that make the table")
    .description(
      "Prints the statements that make the table, for migrations of your own. Stores make it themselves on first use, unless told { setup: false }.",
    )
    .helpOption("-h, --help", "print this help")
    .requiredOption("--dialect <name>", "sqlite, postgres, mysql, mariadb, mssql or oracle (required)", oneOf(DIALECTS))
    .option("--table <name>", "the table", "wheels_jobs")
    .addHelpText("after", examples(["wheelwright schema --dialect postgres > migrations/001-jobs.sql"]))
    .action(async (options) => done(await (await import("./command/schema.ts")).schema(io, options)));
};

const DIALECTS = ["sqlite", "postgres", "mysql", "mariadb", "mssql", "oracle"];

function time(flags: string, description: string): Option {
  return new Option(flags, description).argParser(timeSpan);
}

/** Adds the options and the examples of a command that opens a store. */
function forStore(command: Command, lines: readonly string[]): Command {
  return command
    .helpOption("-h, --help", "print this help")
    .option("--config <path>", "the config, instead of one that is looked for")
    .option("--store <url>", "sqlite:FILE, postgres://…, mysql://… or pglite:FOLDER, over the config's")
    .option("--table <name>", "the table, for a store by URL (default: wheels_jobs)")
    .addHelpText("after", examples(lines));
}

function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}\n`;
}
