// The commands, their options and their help. What a command does is loaded when it is called.

import { Command, CommanderError, type OutputConfiguration } from "commander";
import type { Io } from "./io.ts";
import { queueNames } from "./read-options.ts";
import { UsageError } from "./usage-error.ts";

/** A command whose mistakes are one line: what is wrong, and what is allowed. */
class WheelwrightCommand extends Command {
  override createCommand(name?: string): WheelwrightCommand {
    return new WheelwrightCommand(name);
  }

  override error(message: string, options?: { readonly code?: string }): never {
    throw new UsageError(`${pathOf(this)}: ${plain(message)} ${allowed(this, options?.code)}`.trim());
  }
}

/** `wheelwright` with all its commands. A parse ends with UsageError, or CommanderError after help or version. */
export function programFor(io: Io, version: string, done: (code: number) => void): Command {
  const program = new WheelwrightCommand("wheelwright");
  const output: OutputConfiguration = {
    writeOut: (text) => void io.stdout.write(text),
    writeErr: (text) => void io.stderr.write(text),
    getOutHelpWidth: () => 80,
    getErrHelpWidth: () => 80,
  };
  program
    .configureOutput(output)
    .exitOverride()
    .description("Background jobs: work them, and look after their queues.")
    .version(version, "--version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .addHelpText("after", AFTER_HELP);

  forStore(program.command("status"))
    .summary("count the jobs of each queue")
    .description("Counts the jobs of each queue, by status.")
    .option("--queue <names>", "only these queues, with commas between them", queueNames)
    .option("--format <format>", "table, json or prometheus", oneOf(["table", "json", "prometheus"]), "table")
    .addHelpText(
      "after",
      examples(["wheelwright status", "wheelwright status --queue mail,reports", "wheelwright status --format json"]),
    )
    .action(async (options) => done(await (await import("./command/status.ts")).status(io, options)));

  return program;
}

/** Whether a parse ended because help or the version was printed. */
export function hasPrinted(error: unknown): boolean {
  return error instanceof CommanderError && error.exitCode === 0;
}

const AFTER_HELP = `
The jobs are those of wheelwright.config.{ts,mts,js,mjs,cjs}, looked for in this
folder and above it; "wheelwright init" makes one. A command that only looks at
rows does without: it takes --store URL, else the file wheelwright.db.

wheelwright COMMAND --help tells more, with examples.
Exit codes: 0 done, 1 it could not be done, 2 the command line is wrong.
`;

/** The options of every command that opens a store. */
function forStore(command: Command): Command {
  return command
    .helpOption("-h, --help", "print this help")
    .option("--config <path>", "the config, instead of one that is looked for")
    .option("--store <url>", "sqlite:FILE, postgres://…, mysql://… or pglite:FOLDER, over the config's")
    .option("--table <name>", "the table, with a store given by URL (default: wheels_jobs)");
}

function oneOf(allowedValues: readonly string[]): (text: string) => string {
  return (text) => {
    if (allowedValues.includes(text)) return text;
    throw Object.assign(new Error(`Expected ${allowedValues.slice(0, -1).join(", ")} or ${allowedValues.at(-1)}.`), {
      code: "commander.invalidArgument",
    });
  };
}

function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}\n`;
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

/** Commander's own text as a part of a line. */
function plain(message: string): string {
  const [, suggestion] = /\(Did you mean (.+)\?\)/.exec(message) ?? [];
  const first = message
    .replace(/^error: /, "")
    .split("\n")[0]
    ?.replace(/\.$/, "");
  return `${first}${suggestion === undefined ? "." : `, did you mean ${suggestion}?`}`;
}

/** What would have been right, where the message does not say it. */
function allowed(command: Command, code: string | undefined): string {
  if (code === "commander.unknownOption") {
    const flags = command.createHelp().visibleOptions(command);
    return `It takes ${flags.map((option) => option.long).join(", ")}.`;
  }
  if (code === "commander.unknownCommand") {
    return `The commands are ${command.commands.map((each) => each.name()).join(", ")}.`;
  }
  if (code === "commander.missingArgument" || code === "commander.excessArguments") {
    return `Write: ${pathOf(command)} ${command.usage()}`;
  }
  return "";
}
