// Prints stories: what somebody did, what that enqueued, and what happened when. Reads all of it from the kit.

import type { KitEvent, TestKit } from "wheelwright/testing";
import type { Paint } from "./paint.ts";

export const WIDTH = 96;
const INDENT = "  ";
const TIME_WIDTH = 20;
const NAME_WIDTH = 22;

interface Line {
  readonly at: Date;
  readonly symbol: string;
  readonly style: Parameters<Paint>[0];
  readonly name: string;
  readonly detail: string;
}

export interface StorytellerOptions {
  readonly kit: TestKit;
  readonly request: (path: string, init: RequestInit) => Response | Promise<Response>;
  readonly write: (line: string) => void;
  readonly paint: Paint;
}

export class Storyteller {
  readonly #options: StorytellerOptions;
  /** Jobs that were stored for good. */
  enqueued = 0;
  #stories = 0;
  #told = 0;
  #lastTime = "";

  constructor(options: StorytellerOptions) {
    this.#options = options;
  }

  story(title: string, why: string): void {
    const { write, paint } = this.#options;
    const number = `${++this.#stories}`;
    const rule = "─".repeat(WIDTH - INDENT.length - number.length - title.length - 4);
    write("");
    write(`${INDENT}${paint("dim", number)}  ${paint("bold", title)} ${paint("dim", rule)}`);
    for (const line of wrap(why, WIDTH - INDENT.length - 3)) write(`${INDENT}   ${paint("dim", line)}`);
    write("");
    this.#lastTime = "";
  }

  /** Somebody visits the shop. Returns: the answer's body. */
  async visit(method: string, path: string, body?: object | FormData, comment = ""): Promise<Record<string, unknown>> {
    const { kit, request } = this.#options;
    const at = kit.now();
    const response = await request(path, {
      method,
      headers: path.startsWith("/admin") ? { authorization: "Bearer secret" } : {},
      ...(body !== undefined && { body: body instanceof FormData ? body : JSON.stringify(body) }),
    });
    const answer = (await response.json()) as Record<string, unknown>; // `as`: the shop answers with objects
    const said = response.ok ? comment : String(answer.error);
    const detail = `${response.status}  ${said}`;
    this.#print({ at, symbol: "▸", style: response.ok ? "bold" : "red", name: `${method} ${path}`, detail });
    await this.#tell();
    return answer;
  }

  /** Something is worth saying that is no job's doing. */
  note(text: string): void {
    this.#print({ at: this.#options.kit.now(), symbol: "·", style: "dim", name: "", detail: text });
  }

  /** Time passes. */
  async pass(duration: string): Promise<void> {
    await this.#options.kit.advance(duration, { failures: "collect" });
    await this.#tell();
  }

  /** Time passes until there is nothing left to do. */
  async playOut(): Promise<void> {
    await this.#options.kit.drainUntilIdle({ failures: "collect", maxVirtualTime: "365d" });
    await this.#tell();
  }

  /** Prints what has happened since it was last told; the same, many times at one instant, in one line. */
  async #tell(): Promise<void> {
    const events = this.#options.kit.events();
    const lines: Line[] = [];
    for (const event of events.slice(this.#told)) {
      const line = await this.#lineOf(event);
      if (line !== null) lines.push(line);
    }
    this.#told = events.length;
    for (let index = 0; index < lines.length; ) {
      const line = lines[index] as Line; // `as`: the index is inside
      let end = index + 1;
      while (end < lines.length && isSame(line, lines[end])) end++;
      const times = end - index;
      this.#print(times === 1 ? line : { ...line, name: `${line.name} × ${times}` });
      index = end;
    }
  }

  async #lineOf(event: KitEvent): Promise<Line | null> {
    const { at, attempt, maxRetries } = event;
    const name = event.jobClass.replace(/Job$/, "");
    const error = event.error instanceof Error ? event.error.message : String(event.error);
    switch (event.type) {
      case "enqueued":
        // In memory what was rolled back is not told of. With a database's client the enqueue is told of at once.
        if ((await this.#options.kit.jobs.find(event.jobId)) === null) return null;
        this.enqueued++;
        return { at, name, symbol: "+", style: "cyan", detail: dueIn(event) };
      case "deduplicated":
        return { at, name, symbol: "=", style: "dim", detail: "one is waiting already, nothing stored" };
      case "progress":
        return { at, name, symbol: "…", style: "dim", detail: progressOf(event) };
      case "completed":
        return { at, name, symbol: "✓", style: "green", detail: this.#saidBy(event) };
      case "retried": {
        const again = lengthOf((event.runAt ?? at).getTime() - at.getTime());
        return { at, name, symbol: "↻", style: "yellow", detail: `${error}; again in ${again}` };
      }
      case "failed":
        return { at, name, symbol: "✗", style: "red", detail: `attempt ${attempt} of ${maxRetries}: ${error}` };
      default:
        return null;
    }
  }

  /** What the handler logged in this attempt. */
  #saidBy({ jobId, attempt }: KitEvent): string {
    const lines = this.#options.kit.logs({ jobId, from: "handler" });
    return lines.filter(({ fields }) => fields.attempt === attempt).at(-1)?.message ?? "";
  }

  #print({ at, symbol, style, name, detail }: Line): void {
    const { write, paint } = this.#options;
    const time = timeOf(at);
    const shown = time === this.#lastTime ? "" : time;
    this.#lastTime = time;
    const head = `${INDENT}${paint("dim", shown.padEnd(TIME_WIDTH))} ${paint(style, symbol)} `;
    const room = WIDTH - INDENT.length - TIME_WIDTH - 3;
    const text = name === "" ? detail : `${name.padEnd(NAME_WIDTH)}  ${detail}`;
    write(`${head}${(text.length > room ? `${text.slice(0, room - 1)}…` : text).trimEnd()}`.trimEnd());
  }
}

function wrap(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = `${lines.at(-1)} ${word}`.trim();
    if (line.length <= width) lines[lines.length - 1] = line;
    else lines.push(word);
  }
  return lines;
}

function isSame(line: Line, other: Line | undefined): boolean {
  return other !== undefined && (["symbol", "name", "detail"] as const).every((key) => line[key] === other[key]);
}

function dueIn({ at, runAt }: KitEvent): string {
  const wait = (runAt ?? at).getTime() - at.getTime();
  return wait <= 0 ? "now" : `in ${lengthOf(wait)}`;
}

function progressOf({ progress }: KitEvent): string {
  return `${String(progress?.percentage).padStart(3)} %  ${progress?.message ?? ""}`;
}

/** "Mon  4 Mar 14:30:00", in UTC. */
export function timeOf(date: Date): string {
  const [day, dayOfMonth, month, , clock] = date.toUTCString().replace(",", "").split(" ");
  return `${day} ${dayOfMonth?.replace(/^0/, " ")} ${month} ${clock}`;
}

/** "2d 4h", "18h 30m", "30s": the two largest units. */
export function lengthOf(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ] as const;
  const shown = parts.filter(([count]) => count > 0).slice(0, 2);
  return shown.map(([count, unit]) => `${count}${unit}`).join(" ") || "0s";
}
