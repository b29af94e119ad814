// `wheelwright init`: a config, a first job and its test, in a project that has none.

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Io } from "../io.ts";
import { fileExtension, isInstalled, type Project, type ProjectOptions, projectIn } from "../project.ts";
import { configFile, type JobPlan } from "../templates.ts";
import { CommandFailed } from "../usage-error.ts";
import { writeFiles } from "../write-files.ts";
import { filesOf, jobPath, testCommand } from "./generate.ts";

export interface InitOptions extends ProjectOptions {
  readonly force?: boolean;
}

const FIRST: JobPlan = {
  name: "WelcomeJob",
  description: "Welcomes somebody. Change it, or generate one of your own.",
};

export async function init(io: Io, options: InitOptions): Promise<number> {
  const project = projectIn(io.cwd, options);
  const other = ["ts", "mts", "js", "mjs", "cjs"].find((end) => existsSync(join(io.cwd, `wheelwright.config.${end}`)));
  const extension = fileExtension(project.language);
  if (other !== undefined && options.force !== true) {
    throw new CommandFailed(`wheelwright.config.${other} is there already: nothing was written. --force writes over.`);
  }
  const specifier = `./${jobPath(FIRST.name, project)}${project.importExtension}`;
  const files = [
    { path: `wheelwright.config.${extension}`, text: configFile(FIRST.name, specifier, project) },
    ...filesOf(FIRST, project),
  ];
  writeFiles(io.cwd, files, options.force === true);
  io.stdout.write(`${files.map(({ path }) => `wrote ${path}`).join("\n")}\n\nNext:\n${nextSteps(io, project)}`);
  return 0;
}

/** What to type, in order. */
function nextSteps(io: Io, project: Project): string {
  const missing = [
    ...(isInstalled(io.cwd, "wheelwright") ? [] : ["npm install wheelwright"]),
    ...(hasSqlite(io.cwd) ? [] : ["npm install better-sqlite3"]),
    ...(project.runner === "node" || isInstalled(io.cwd, project.runner) ? [] : [`npm install -D ${project.runner}`]),
  ];
  const steps = [
    ...missing.map((command) => [command, "what the files need"] as const),
    [testCommand(project), "its test"],
    [`npx wheelwright enqueue ${FIRST.name} --data '{"id":7}'`, "a job is stored"],
    ["npx wheelwright work", "… and run; Ctrl-C ends it"],
    ["npx wheelwright status", "what there is"],
  ] as const;
  const width = Math.max(...steps.map(([command]) => command.length));
  return steps.map(([command, what]) => `  ${command.padEnd(width)}  # ${what}\n`).join("");
}

/** Node.js has one of its own from version 22 on. */
function hasSqlite(folder: string): boolean {
  const major = Number(process.versions.node.split(".")[0]);
  return major >= 22 || ["better-sqlite3", "@photostructure/sqlite"].some((name) => isInstalled(folder, name));
}
