// The command line around its commands: help, version, and what is said of wrong usage.

import { Command, CommanderError, type OutputConfiguration } from "commander";
import { addCommands } from "./commands.ts";
import type { Io } from "./io.ts";
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

  addCommands(program, io, done);
  return program;
}

/** Whether a parse ended because help or the version was printed. */
export function hasPrinted(error: unknown): boolean {
  return error instanceof CommanderError && error.exitCode === 0;
}

const AFTER_HELP = `
The jobs are those of wheelwright.config.{ts,mts,js,mjs,cjs}, looked for in this
folder and above it; "wheelwright init" makes one. status, monitor, retry and
purge do without: they take --store URL, else the file wheelwright.db.
A time is in seconds, or has a unit: 500ms, 30s, 5m, 1h 30m.

wheelwright COMMAND --help tells more, with examples.
Exit codes: 0 done, 1 it could not be done, 2 the command line is wrong.
`;

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
