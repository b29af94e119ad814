// docs/cli.md shows what the command line prints today. To write it anew: npx vitest run test/docs/cli.test.ts --update

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Config, Job, type JobContext } from "wheelwright";
import { aTerminal, later, type Terminal, turns } from "../cli/a-terminal.ts";
import { textOf } from "./pages.ts";

/** As `init` writes it. */
class WelcomeJob extends Job<{ id: number }> {
  async perform(data: { id: number }, context: JobContext): Promise<void> {
    context.log.info("WelcomeJob runs", { id: data.id });
  }
}

let isServerDown = true;
class SendEmailJob extends Job<{ to: string }> {
  override queue = "mail";
  override maxRetries = 1;

  async perform(): Promise<void> {
    if (!isServerDown) return;
    isServerDown = false; // It is back when the reader tries again.
    throw new Error("connect ECONNREFUSED 192.0.2.7:25");
  }
}

class NightlyReportJob extends Job {
  async perform(): Promise<void> {}
}

describe("docs/cli.md", () => {
  it("shows what each command prints", async () => {
    await expect(await played(textOf("docs/cli.md"))).toMatchFileSnapshot("../../docs/cli.md");
  });

  it("plays what is typed, too", async () => {
    const page = "```console\n$ npx wheelwright purge --completed\nn\nwhat it said once\n```\n";

    expect(await played(page)).toBe(
      "```console\n$ npx wheelwright purge --completed\nDelete the completed jobs that ended more than 7 days ago from all queues of sqlite:wheelwright.db? [y/N] n\nNothing was deleted.\n```\n",
    );
  });
});

/** The page with what its commands print in its sessions, one after the other, in one folder. */
async function played(page: string): Promise<string> {
  const cwd = mkdtempSync(join(tmpdir(), "wheelwright-page-"));
  for (const name of ["wheelwright", "better-sqlite3"]) mkdirSync(join(cwd, "node_modules", name), { recursive: true });
  const config: Config = {
    store: "sqlite:wheelwright.db",
    jobs: [WelcomeJob, SendEmailJob, NightlyReportJob],
    schedules: [{ name: "nightly", schedule: "0 3 * * *", timezone: "Europe/Berlin", job: NightlyReportJob }],
    random: seeded(),
    workerId: "worker-7f3k2q9x",
  };
  const terminal = aTerminal({ cwd, config });
  isServerDown = true;
  try {
    const parts = page.split(/(^```console\n[\s\S]*?^```$)/m);
    for (const [index, part] of parts.entries()) {
      if (index % 2 === 1) parts[index] = await session(part, terminal, config);
    }
    return parts.join("");
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

async function session(fence: string, terminal: Terminal, config: Config): Promise<string> {
  const shown: string[] = [];
  for (const block of fence.split(/^(?=\$ )/m).slice(1)) {
    const [line = "", ...rest] = block.split("\n");
    await later(terminal, 2);
    shown.push(`${line}\n${await play(line, rest, terminal, config)}`);
  }
  return `\`\`\`console\n${shown.join("")}\`\`\``;
}

/** `rest`: what the page shows below the command: `^C` and an answer are typed. */
async function play(line: string, rest: readonly string[], terminal: Terminal, config: Config): Promise<string> {
  const argv = wordsOf(line.replace(/^\$ npx wheelwright ?/, ""));
  if (rest.includes("^C")) {
    const from = terminal.output.length;
    const { ran } = await terminal.start(...argv);
    // The schedules' calendar is loaded meanwhile, which takes as long as it takes; no time passes.
    while ((await terminal.store.nextRunAt({})) !== null || (await terminal.store.nextLeaseEndAt()) !== null)
      await turns();
    await later(terminal, 1);
    const untilThen = terminal.output.slice(from);
    terminal.signal("SIGINT");
    await ran;
    return `${untilThen}^C\n${terminal.output.slice(from + untilThen.length)}`;
  }
  const answer = rest.map((each) => /^(?:Delete .*\? \[y\/N\] )?([yn])$/.exec(each)?.[1]).find((each) => each);
  const asked =
    answer === undefined
      ? terminal
      : aTerminal({
          isTTY: true,
          cwd: terminal.io.cwd,
          config,
          clock: terminal.clock,
          store: terminal.store,
          env: { NO_COLOR: "1" },
        });
  if (answer !== undefined) asked.type(`${answer}\n`);
  const from = asked.output.length;
  await asked.run(...argv);
  const text = asked.output.slice(from);
  const withoutStack = text.replaceAll(/^ +at .*\n/gm, "");
  return answer === undefined ? withoutStack : withoutStack.replace("[y/N] ", `[y/N] ${answer}\n`);
}

/** Words as a shell splits them. */
function wordsOf(text: string): string[] {
  return [...text.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? "",
  );
}

/** The same numbers in every run, so that ids are the same, too. */
function seeded(): () => number {
  let state = 7;
  return () => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647;
  };
}
