// A terminal that the tests play: what is typed, what is printed, what time it is, and which store is opened.

import { PassThrough } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { type Config, type JobStore, MemoryJobStore, TestClock } from "wheelwright";
import type { Io } from "../../src/cli/io.ts";
import { run } from "../../src/cli/run.ts";

/** When every terminal's clock starts. */
export const START: Date = new Date("2030-01-01T00:00:00.000Z");

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Terminal {
  readonly store: JobStore;
  readonly clock: TestClock;
  readonly io: Io;
  /** All that was printed so far. */
  readonly stdout: string;
  readonly stderr: string;
  /** Both, as a terminal shows them. */
  readonly output: string;
  /** Runs a command to its end. What it printed is its own, not what others did before. */
  run(...argv: string[]): Promise<Ran>;
  /** Begins a command that ends when it is told to. Resolves once it can be told. */
  start(...argv: string[]): Promise<{ readonly ran: Promise<Ran> }>;
  /** What is typed, or comes through a pipe. */
  type(text: string): void;
  /** Nothing more will be typed. */
  hangUp(): void;
  /** Nobody reads stdout any more. */
  goAway(): void;
  signal(name: string): void;
  /** What the latest redraw shows, without its escape codes. */
  screen(): string;
  /** URLs that were opened, with the table. */
  readonly opened: readonly string[];
}

export interface TerminalOptions {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Io["env"];
  readonly cwd?: string;
  readonly store?: JobStore;
  readonly config?: Config;
  readonly clock?: TestClock;
}

export function aTerminal(options: TerminalOptions = {}): Terminal {
  const { isTTY = false, columns = 80, rows = 24, env = {}, cwd = "/nowhere", config } = options;
  const { clock = new TestClock(START), store = new MemoryJobStore() } = options;
  const printed = { stdout: "", stderr: "", output: "" };
  const listeners = new Set<(signal: string) => void>();
  const opened: string[] = [];
  let isHeard = true;
  const stdin = Object.assign(new PassThrough(), { isTTY, setRawMode: () => undefined });
  const output = (name: "stdout" | "stderr") => ({
    isTTY,
    columns,
    rows,
    write: (text: string) => {
      printed[name] += text;
      printed.output += text;
    },
  });
  // Closing is the test's: it looks into the store afterwards.
  const shared = new Proxy(store, {
    get: (target, key) => {
      if (key === "close") return async () => undefined;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const io: Io = {
    stdin,
    stdout: output("stdout"),
    stderr: output("stderr"),
    env,
    cwd,
    clock,
    openStore: async (url, { table }) => {
      opened.push(table === undefined ? url : `${url} ${table}`);
      return shared;
    },
    onSignal(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    isHeard: () => isHeard,
    config,
  };
  const terminal: Terminal = {
    store: shared,
    clock,
    io,
    opened,
    get stdout() {
      return printed.stdout;
    },
    get stderr() {
      return printed.stderr;
    },
    get output() {
      return printed.output;
    },
    async run(...argv) {
      const before = { ...printed };
      const code = await run(argv, io, "1.2.3");
      return {
        code,
        stdout: printed.stdout.slice(before.stdout.length),
        stderr: printed.stderr.slice(before.stderr.length),
      };
    },
    async start(...argv) {
      let isOver = false;
      const ran = terminal.run(...argv).finally(() => {
        isOver = true;
      });
      // Modules are loaded meanwhile, which takes more than a few turns.
      while (listeners.size === 0 && !isOver) await setImmediate();
      await turns();
      return { ran };
    },
    type: (text) => void stdin.write(text),
    hangUp: () => void stdin.end(),
    goAway() {
      isHeard = false;
    },
    signal(name) {
      for (const listener of [...listeners]) listener(name);
    },
    screen: () => stripVTControlCharacters(printed.stdout.split("\u001b[H").at(-1) ?? "").replaceAll("\r\n", "\n"),
  };
  return terminal;
}

/** Lets everything go on that waits for promises or for what was typed. No time passes. */
export async function turns(count = 10): Promise<void> {
  for (let turn = 0; turn < count; turn++) await setImmediate();
}

/** Moves the clock from one waking to the next, and lets everybody woken go on. */
export async function later({ clock }: Terminal, seconds: number): Promise<void> {
  const target = new Date(clock.now().getTime() + seconds * 1000);
  for (let next = clock.nextWakeAt(); next !== null && next <= target; next = clock.nextWakeAt()) {
    clock.moveTo(next);
    await turns();
  }
  clock.moveTo(target);
  await turns();
}
