// What `wheelwright monitor` shows: text from what was looked at, and nothing else.

import type { Monitoring } from "../engine/monitor.ts";
import { formatDuration } from "../job/duration.ts";
import type { JobRecord } from "../job/record.ts";
import { cleanText } from "./clean-text.ts";
import type { Paint } from "./paint.ts";
import { type Column, tableLines } from "./table.ts";

/** What was found at one instant. */
export interface Look {
  /** The store, for people. */
  readonly label: string;
  readonly queues: readonly string[] | undefined;
  readonly minutes: number;
  readonly monitoring: Monitoring;
  /** Latest first. */
  readonly failures: readonly JobRecord[];
}

export interface Screen {
  readonly columns: number;
  readonly rows: number;
  /** The last line; null for a screen that is printed once. */
  readonly keys: string | null;
  /** What has just happened; empty: nothing. */
  readonly notice: string;
  readonly paint?: Paint;
}

/** Lines of a screen without the lists: what is left over is theirs. */
const FRAME = 12;
const LINES_OF_FAILURE = 2;

/** The lines of a screen, at most `rows` of them and none wider than `columns`, from 72 on. */
export function monitorScreen(look: Look, screen: Screen): readonly string[] {
  const { columns, rows, keys, notice, paint = (_, text) => text } = screen;
  const { monitoring, failures } = look;
  const room = Math.max(rows - FRAME, 3);
  const shownFailures = failures.slice(0, Math.max(1, Math.min(3, Math.floor(room / 2 / LINES_OF_FAILURE))));
  const recent = monitoring.recent.slice(0, Math.max(1, room - Math.max(1, shownFailures.length * LINES_OF_FAILURE)));
  const [head = "", counts = ""] = countLines(monitoring);
  return [
    titleLine(look, columns, paint),
    "",
    paint("dim", head),
    paint("bold", counts),
    "",
    ratesLine(look),
    oldestLine(monitoring),
    "",
    ...recentLines(recent, columns, paint),
    "",
    ...failureLines(shownFailures, failures.length, columns, paint),
    ...(keys === null ? [] : [paint("dim", notice === "" ? keys : `${keys}   ${notice}`)]),
  ].slice(0, rows);
}

/** One line of figures, and one for each job that failed after `since`. */
export function monitorLine({ monitoring, failures, minutes }: Look, since: Date): readonly string[] {
  const { counts, until } = monitoring;
  const figures = [
    `pending=${counts.pending}`,
    `processing=${counts.processing}`,
    `completed=${counts.completed}`,
    `failed=${counts.failed}`,
    `per_minute=${rate(monitoring.throughput)}`,
    `failed_of_last_${minutes}m=${percent(monitoring.errorRate)}`,
    `due_for=${formatDuration(dueFor(monitoring), 2).replaceAll(" ", "")}`,
  ];
  const failed = failures
    .filter(({ failedAt }) => failedAt !== null && failedAt > since && failedAt <= until)
    .reverse()
    .map(
      (job) => `${instantOf(job.failedAt)} failed ${job.jobClass} job=${job.id} queue=${job.queue}: ${job.lastError}`,
    );
  return [...failed, `${instantOf(until)} ${figures.join(" ")}`].map(cleanText);
}

function titleLine({ label, queues, monitoring }: Look, columns: number, paint: Paint): string {
  const time = `${instantOf(monitoring.until).slice(0, 19).replace("T", " ")} UTC`;
  const [line = ""] = tableLines(
    [
      { head: "", width: columns - time.length },
      { head: "", width: time.length + 2, align: "right" },
    ],
    [[`wheelwright  ${queues === undefined ? "all queues" : cleanText(queues.join(", "))}  ${cleanText(label)}`, time]],
  );
  return paint("bold", line);
}

function countLines({ counts }: Monitoring): readonly string[] {
  const names = ["pending", "processing", "completed", "failed", "total"] as const;
  return tableLines(
    names.map((head) => ({ head, align: "right" })),
    [names.map((name) => String(counts[name]))],
  );
}

function ratesLine({ minutes, monitoring }: Look): string {
  const { throughput, errorRate, meanDurationMs } = monitoring;
  const mean = meanDurationMs === null ? "none completed" : `${formatDuration(meanDurationMs, 2)} each`;
  return `last ${minutes} min    ${rate(throughput)} completed a minute, ${mean}, ${percent(errorRate)} failed`;
}

function oldestLine(monitoring: Monitoring): string {
  const { oldestPendingAt, until } = monitoring;
  if (oldestPendingAt === null) return "oldest pending nothing waits";
  const ahead = oldestPendingAt.getTime() - until.getTime();
  return `oldest pending ${ahead > 0 ? `due in ${formatDuration(ahead, 2)}` : `due for ${formatDuration(-ahead, 2)}`}`;
}

function recentLines(recent: readonly JobRecord[], columns: number, paint: Paint): readonly string[] {
  const fixed: readonly Column[] = [
    { head: "ended", width: 10 },
    { head: "", width: 11 },
    { head: "took", width: 10, align: "right" },
    { head: "attempt", width: 9 },
    { head: "queue", width: 14 },
  ];
  const left = columns + 2 - fixed.reduce((sum, { width = 0 }) => sum + width, 0);
  const rows = recent.map((job) => [
    timeOf(job.completedAt ?? job.failedAt),
    job.status,
    tookOf(job),
    `${job.attempts}/${job.maxRetries}`,
    cleanText(job.queue),
    cleanText(job.jobClass),
  ]);
  const [head = "", ...lines] = tableLines([...fixed, { head: "job", width: Math.max(left, 12) }], rows);
  if (recent.length === 0) return [paint("dim", "ended     nothing yet")];
  return [
    paint("dim", head),
    ...lines.map((line, index) => (recent[index]?.status === "failed" ? paint("red", line) : line)),
  ];
}

/** Two lines each: which job, with the id that `wheelwright retry` takes, and why. */
function failureLines(failures: readonly JobRecord[], known: number, columns: number, paint: Paint): readonly string[] {
  if (failures.length === 0) return [paint("dim", "failed    none")];
  const wide: readonly Column[] = [{ head: "", width: columns + 2 }];
  const lines = failures.flatMap((job) => [
    ...tableLines(wide, [[cleanText(`${timeOf(job.failedAt)}  ${job.id}  ${job.jobClass}`)]]),
    ...tableLines(wide, [[cleanText(`          ${job.lastError ?? ""}`)]]).map((line) => paint("red", line)),
  ]);
  return [paint("dim", `failed    the latest ${failures.length} of ${known === 10 ? "10 or more" : known}`), ...lines];
}

function tookOf({ startedAt, completedAt, failedAt }: JobRecord): string {
  const endedAt = completedAt ?? failedAt;
  return startedAt === null || endedAt === null ? "" : formatDuration(endedAt.getTime() - startedAt.getTime(), 2);
}

function dueFor({ oldestPendingAt, until }: Monitoring): number {
  return oldestPendingAt === null ? 0 : Math.max(0, until.getTime() - oldestPendingAt.getTime());
}

function rate(perMinute: number): string {
  return perMinute.toFixed(perMinute < 10 ? 2 : 0);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)}%`;
}

function timeOf(instant: Date | null): string {
  return instantOf(instant).slice(11, 19);
}

function instantOf(instant: Date | null): string {
  return instant?.toISOString() ?? "";
}
