// The jobs that come nearest to what was expected, and what they differ in.

import type { JobRecord } from "../../job/record.ts";
import type { Difference } from "./differences.ts";
import { differences, type Expectation } from "./expectation.ts";
import type { Timing } from "./job-match.ts";
import type { JobRows } from "./job-rows.ts";
import { cutPair } from "./literal.ts";
import { BODY_WIDTH, columns } from "./report.ts";

export interface Candidate {
  readonly job: JobRecord;
  readonly differences: readonly Difference[];
}

const MAX_COMPARED = 200;
const MAX_SHOWN = 2;
const ABOUT_EQUAL = 0.3;
const MAX_FIELDS = 6;
const INDENT = "  ";

/** The candidates that differ least; two where they are about equally near. Of several alike the oldest comes first. */
export function nearestOf(
  misses: readonly JobRecord[],
  expectation: Expectation,
  timing: Timing,
): readonly Candidate[] {
  const candidates = misses
    .slice(-MAX_COMPARED)
    .map((job) => ({ job, differences: differences(expectation, job, timing) }))
    .map((candidate) => ({ ...candidate, distance: distanceOf(candidate.differences) }))
    .sort((a, b) => a.distance - b.distance);
  const least = candidates[0]?.distance ?? 0;
  return candidates.filter(({ distance }) => distance - least <= ABOUT_EQUAL).slice(0, MAX_SHOWN);
}

/** Data makes a job the one that was meant, rather than its queue or status; and two values may be nearly alike. */
function distanceOf(list: readonly Difference[]): number {
  let distance = 0;
  for (const { field, actual, expected } of list)
    distance += field.startsWith("data") ? 2 - likeness(actual, expected) : 1;
  return distance;
}

/** 0 to 1: the share of two texts that is the same at their beginning and end. */
function likeness(one: string, other: string): number {
  const shorter = Math.min(one.length, other.length);
  let head = 0;
  while (head < shorter && one[head] === other[head]) head++;
  let tail = 0;
  while (tail < shorter - head && one.at(-1 - tail) === other.at(-1 - tail)) tail++;
  return (head + tail) / Math.max(one.length, other.length, 1);
}

/** The candidate's name, and below it a line per difference, or two where they would not fit. */
export function candidateLines({ job, differences }: Candidate, rows: JobRows): readonly string[] {
  const shown = differences.slice(0, MAX_FIELDS);
  const more = differences.length - shown.length;
  const lines = [`${rows.named(job)}, ${rows.state(job)}`, ...differenceLines(shown).map((line) => INDENT + line)];
  if (more > 0) lines.push(`${INDENT}… and ${more} more ${more === 1 ? "difference" : "differences"}`);
  return lines;
}

/** `data.to  "ada@x"  expected "bob@x"`; where one is too long for its line, both values below each other. */
export function differenceLines(list: readonly Difference[]): readonly string[] {
  const width = BODY_WIDTH - INDENT.length;
  const isShort = (each: Difference): boolean => (columns([cells(each)])[0] ?? "").length <= width;
  const short = [...columns(list.filter(isShort).map(cells))];
  return list.flatMap((each) => (isShort(each) ? (short.shift() ?? "") : stacked(each, width)));
}

function cells({ field, actual, expected, note }: Difference): readonly string[] {
  return [field, actual, `expected ${expected}${note === undefined ? "" : ` (${note})`}`];
}

function stacked({ field, actual, expected, note }: Difference, width: number): readonly string[] {
  const margin = Math.max(field.length, "expected".length);
  const [got, wanted] = cutPair(actual, expected, Math.max(width - margin - 2, 20));
  const lines = [`${field.padEnd(margin)}  ${got}`, `${"expected".padEnd(margin)}  ${wanted}`];
  return note === undefined ? lines : [...lines, `${"".padEnd(margin)}  (${note})`];
}
