// Wrong usage: exit 2 and one line that says what is wrong and what is allowed.

import { DatabaseSync } from "@photostructure/sqlite";
import { describe, expect, it } from "vitest";
import { SqliteJobStore } from "wheelwright/sqlite";
import { JOBS } from "./a-queue.ts";
import { aTerminal } from "./a-terminal.ts";

const COMMANDS = "init, generate, work, status, monitor, retry, purge, enqueue, schedule, schema";
const STORE_OPTIONS = "--config, --store, --table, --help";

describe("wrong usage", () => {
  it.each([
    [["stat"], `wheelwright: unknown command 'stat', did you mean status? The commands are ${COMMANDS}.`],
    [["fly"], `wheelwright: unknown command 'fly'. The commands are ${COMMANDS}.`],
    [["--fly"], "wheelwright: unknown option '--fly'. It takes --version, --help."],
    [
      ["status", "--formt", "json"],
      `wheelwright status: unknown option '--formt', did you mean --format? It takes --queue, --format, ${STORE_OPTIONS}.`,
    ],
    [
      ["status", "--format", "xml"],
      "wheelwright status: option '--format <format>' argument 'xml' is invalid. Expected table, json or prometheus.",
    ],
    [
      ["status", "mail"],
      "wheelwright status: too many arguments for 'status'. Expected 0 arguments but got 1. Write: wheelwright status [options]",
    ],
    [["status", "--queue"], "wheelwright status: option '--queue <names>' argument missing."],
    [
      ["status", "--queue", "a,,b"],
      "wheelwright status: option '--queue <names>' argument 'a,,b' is invalid. Expected names with commas between them, such as mail,reports.",
    ],
    [
      ["work", "--concurrency", "0"],
      "wheelwright work: option '--concurrency <n>' argument '0' is invalid. Expected a whole number of at least 1.",
    ],
    [
      ["work", "--interval", "soon"],
      `wheelwright work: option '--interval <time>' argument 'soon' is invalid. Expected seconds, or a duration such as "500ms", "30s", "5m" or "1h 30m".`,
    ],
    [
      ["monitor", "--minutes", "0"],
      "wheelwright monitor: option '--minutes <n>' argument '0' is invalid. Expected a number above 0.",
    ],
    [
      ["retry", "--limit", "all"],
      "wheelwright retry: option '--limit <n>' argument 'all' is invalid. Expected a whole number of at least 1.",
    ],
    [
      ["retry", "some-id", "--queue", "mail"],
      "wheelwright retry: an ID stands alone. Leave out --queue and --limit, or the ID.",
    ],
    [["purge"], "wheelwright purge: say what to delete: --completed, --failed, or both."],
    [
      ["purge", "--completed", "--older-than", "-1"],
      "wheelwright purge: option '--older-than <days>' argument '-1' is invalid. Expected a number from 0 on.",
    ],
    [
      ["enqueue"],
      "wheelwright enqueue: missing required argument 'class'. Write: wheelwright enqueue [options] <class>",
    ],
    [
      ["enqueue", "ReportJob", "--data", "[7]"],
      `wheelwright enqueue: option '--data <json>' argument '[7]' is invalid. Expected a JSON object, such as '{"orderId":7}'.`,
    ],
    [
      ["enqueue", "ReportJob", "--at", "tomorrow"],
      "wheelwright enqueue: option '--at <instant>' argument 'tomorrow' is invalid. Expected an instant such as 2030-01-31T09:00:00Z, or a date.",
    ],
    [
      ["enqueue", "ReportJob", "--at", "2030-13-01"],
      "wheelwright enqueue: option '--at <instant>' argument '2030-13-01' is invalid. Expected an instant such as 2030-01-31T09:00:00Z, or a date.",
    ],
    [
      ["enqueue", "ReportJob", "--priority", "urgent"],
      "wheelwright enqueue: option '--priority <n>' argument 'urgent' is invalid. Expected a whole number (higher first), or low, normal or high.",
    ],
    [
      ["enqueue", "ReportJob", "--queue", "a,b"],
      "wheelwright enqueue: option '--queue <name>' argument 'a,b' is invalid. Expected the name of one queue.",
    ],
    [
      ["enqueue", "ReportJob", "--delay", "5m", "--at", "2030-01-31"],
      "wheelwright enqueue: --delay and --at both say when. Give one of them.",
    ],
    [["schema"], "wheelwright schema: required option '--dialect <name>' not specified."],
    [
      ["schema", "--dialect", "db2"],
      "wheelwright schema: option '--dialect <name>' argument 'db2' is invalid. Expected sqlite, postgres, mysql, mariadb, mssql or oracle.",
    ],
    [["generate", "model"], "wheelwright generate: unknown command 'model'. The commands are job."],
    [
      ["generate", "job", "7up"],
      `wheelwright generate job: "7up" makes no class name. Use letters and digits, a letter first: SendEmail, send-email.`,
    ],
    [
      ["generate", "job", "report", "--schedule", "0 0 30 2 *"],
      expect.stringMatching(
        /^wheelwright generate job: --schedule: "0 0 30 2 \*" is no schedule: .* it never fires\. Write five fields [^\n]*\n$/,
      ),
    ],
    [["work", "--config", "nowhere.ts"], "wheelwright: --config names /nowhere/nowhere.ts, and there is no such file."],
  ])("%j", async (argv, line) => {
    const config = argv.includes("--config") ? {} : { config: { jobs: JOBS } };

    expect(await aTerminal(config).run(...argv)).toEqual({
      code: 2,
      stdout: "",
      stderr: typeof line === "string" ? `${line}\n` : line,
    });
  });

  it("echoes no control character of the command line", async () => {
    const { stderr } = await aTerminal().run("\u001b[2J");

    expect(stderr).toContain("unknown command '\\u001b[2J'");
  });

  it("shows the help when nothing is asked for", async () => {
    const { code, stdout, stderr } = await aTerminal().run();

    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^Usage: wheelwright/);
  });
});

describe("what cannot be done", () => {
  it("is exit 1 and a line that says why", async () => {
    const terminal = aTerminal();
    const ran = await terminal.run("retry", "no-such-id", "--store", "memory:");

    expect(ran).toEqual({
      code: 1,
      stdout: "",
      stderr: `wheelwright: Cannot retry job "no-such-id": no job has this id. It may have been purged or cancelled.\n`,
    });
  });
});

describe("what cannot be done for a reason of several lines", () => {
  it("shows them: the statements that make a missing table", async () => {
    const store = new SqliteJobStore(new DatabaseSync(":memory:"), { setup: false, closeDatabase: true });

    const { code, stderr } = await aTerminal({ config: { store, jobs: [] } }).run("status");

    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^wheelwright: .*The table wheels_jobs lacks .* Run:\nCREATE TABLE IF NOT EXISTS wheels_jobs \(\n/s,
    );
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

describe("wheelwright", () => {
  it("tells its version", async () => {
    expect(await aTerminal().run("--version")).toEqual({ code: 0, stdout: "1.2.3\n", stderr: "" });
  });

  it.each([
    [],
    ...COMMANDS.split(", ").map((name) => [name]),
    ["generate", "job"],
    ["schedule", "list"],
    ["schedule", "run"],
  ])("%s --help says what it is for, in lines of 80 characters", async (...path) => {
    const { code, stdout, stderr } = await aTerminal().run(...path, "--help");

    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(new RegExp(`^Usage: wheelwright ${path.join(" ")}`.trim()));
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });
});
