// `wheelwright monitor`: looks at the queues again and again, on a screen or line by line.

import { emitKeypressEvents } from "node:readline";
import type { Jobs } from "../../engine/jobs.ts";
import { failureMessage } from "../../job/failure-message.ts";
import { cleanText } from "../clean-text.ts";
import type { Io } from "../io.ts";
import { type Look, monitorLine, monitorScreen } from "../monitor-screen.ts";
import { type StoreOptions, withJobs } from "../open-jobs.ts";
import { paintFor } from "../paint.ts";

export interface MonitorCommandOptions extends StoreOptions {
  readonly queue?: readonly string[];
  /** Milliseconds. */
  readonly interval: number;
  readonly minutes: number;
  readonly once?: boolean;
}

/** Another screen than the one with the shell's lines, without a cursor, and long lines are cut. */
const ENTER = "\u001b[?1049h\u001b[?25l\u001b[?7l";
const LEAVE = "\u001b[?7h\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
/** Before the line's text: after it, it would take the last character of a full line. */
const CLEAR_LINE = "\u001b[K";

export async function monitor(io: Io, options: MonitorCommandOptions): Promise<number> {
  return withJobs(io, options, "store", async ({ jobs, label }) => {
    const look = (): Promise<Look> => lookAt(jobs, label, options);
    const { columns = 80 } = io.stdout;
    if (options.once === true) {
      const lines = monitorScreen(await look(), { columns, rows: Number.MAX_SAFE_INTEGER, keys: null, notice: "" });
      io.stdout.write(`${lines.join("\n")}\n`);
      return 0;
    }
    if (io.stdout.isTTY === true) await onScreen(io, jobs, look, options);
    else await lineByLine(io, look, options);
    return 0;
  });
}

async function lookAt(jobs: Jobs, label: string, { queue, minutes }: MonitorCommandOptions): Promise<Look> {
  const [monitoring, failures] = await Promise.all([
    jobs.monitor({ queue, minutes }),
    jobs.list({ status: "failed", queue, limit: 10 }),
  ]);
  return { label, queues: queue, minutes, monitoring, failures };
}

async function onScreen(io: Io, jobs: Jobs, look: () => Promise<Look>, options: MonitorCommandOptions): Promise<void> {
  const loop = new Loop(io, options.interval);
  const paint = paintFor(io.stdout, io.env);
  const keys = io.stdin.isTTY === true ? "r retry all failed   q quit" : "Ctrl-C quits";
  let latest: Look | null = null;
  let notice = "";
  const retry = async (): Promise<void> => {
    try {
      const count = await jobs.retryFailed(options.queue === undefined ? {} : { queue: options.queue });
      notice = count === 1 ? "1 job is pending again" : `${count} jobs are pending again`;
    } catch (error) {
      notice = `retry: ${failureMessage(error)}`;
    }
    loop.lookNow();
  };
  const listenNoMore = listen(io, {
    r: () => void retry(),
    q: () => loop.end(),
  });
  io.stdout.write(ENTER);
  try {
    await loop.run(async () => {
      try {
        latest = await look();
      } catch (error) {
        notice = `the store is out of reach, trying again: ${failureMessage(error)}`;
      }
      const { columns = 80, rows = 24 } = io.stdout; // Asked each time: a window may have been resized.
      const lines =
        latest === null
          ? [cleanText(notice), "", keys]
          : monitorScreen(latest, { columns, rows, keys, notice: cleanText(notice), paint });
      notice = "";
      const whole = [...lines, ...Array.from({ length: Math.max(rows - lines.length, 0) }, () => "")];
      io.stdout.write(HOME + whole.map((line) => CLEAR_LINE + line).join("\r\n"));
    });
  } finally {
    listenNoMore();
    io.stdout.write(LEAVE);
  }
}

/** For pipes and logs: a line each time, and one for each job that has failed since. */
async function lineByLine(io: Io, look: () => Promise<Look>, { interval }: MonitorCommandOptions): Promise<void> {
  const loop = new Loop(io, interval);
  const listenNoMore = io.onSignal(() => loop.end());
  let since = io.clock.now();
  try {
    await loop.run(async () => {
      try {
        const latest = await look();
        io.stdout.write(`${monitorLine(latest, since).join("\n")}\n`);
        since = latest.monitoring.until;
      } catch (error) {
        io.stderr.write(`${io.clock.now().toISOString()} ${cleanText(failureMessage(error))}\n`);
      }
    });
  } finally {
    listenNoMore();
  }
}

/** Looks, waits, and looks again, until it is ended or nobody reads what is written. */
class Loop {
  readonly #io: Io;
  readonly #interval: number;
  #isOver = false;
  #isWanted = false;
  #wake: () => void = () => undefined;

  constructor(io: Io, interval: number) {
    this.#io = io;
    this.#interval = Math.max(interval, 100);
  }

  async run(look: () => Promise<void>): Promise<void> {
    while (!this.#isOver && this.#io.isHeard()) {
      this.#isWanted = false;
      await look();
      if (!this.#isWanted) await this.#wait();
    }
  }

  /** Without waiting out the interval. */
  lookNow(): void {
    this.#isWanted = true;
    this.#wake();
  }

  end(): void {
    this.#isOver = true;
    this.lookNow();
  }

  #wait(): Promise<void> {
    const { clock } = this.#io;
    return new Promise((resolve) => {
      const cancel = clock.wakeAt(new Date(clock.now().getTime() + this.#interval), resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}

/** Keys as they are pressed, Ctrl-C and signals being q. Returns: what gives the keyboard back. */
function listen(io: Io, keys: { readonly r: () => void; readonly q: () => void }): () => void {
  const listenNoMore = io.onSignal(keys.q);
  if (io.stdin.isTTY !== true) return listenNoMore;
  const pressed = (_: unknown, key: { readonly name?: string; readonly ctrl?: boolean }): void => {
    if (key.name === "q" || (key.ctrl === true && (key.name === "c" || key.name === "d"))) keys.q();
    else if (key.name === "r") keys.r();
  };
  emitKeypressEvents(io.stdin);
  io.stdin.on("keypress", pressed);
  io.stdin.setRawMode?.(true);
  io.stdin.resume();
  return () => {
    listenNoMore();
    io.stdin.off("keypress", pressed);
    io.stdin.setRawMode?.(false);
    io.stdin.pause();
  };
}
