// Writes docs/failures.md from the cases and what they fail with.

import { readFileSync } from "node:fs";
import { createTestKit } from "wheelwright/testing";
import { ChargeJob, cases, pollJob, SendEmailJob } from "./failing-cases.ts";

const INTRO = `# What a failure looks like

Every text on this page is what vitest prints for the code above it, before it points to the line of the assertion. The
project's tests write the page, and fail when it is out of date. Jest and node:test show the same texts.

A headline says what did not hold. Below it, in the margin: what was \`expected\`, the \`nearest\` jobs with what they
differ in, what else there is, attempts that \`threw\`, and a \`hint\` at what may be behind it. \`#1\` is the first job
that was enqueued in the kit, here and in \`kit.timeline()\`.
`;

const SECTIONS: readonly (readonly [title: string, words: string, ...names: string[]])[] = [
  ["A job that differs", "Each difference has its line: data path by path, and when it is due.", "nearest"],
  [
    "A handler that threw before",
    "A follow-up is often missing because its parent failed. The next assertion that fails says so.",
    "threw",
  ],
  [
    "A job from before the call",
    "`kit.during(fn)` tells what one call enqueued. What the set-up did is not in it.",
    "window",
  ],
  ["More than one", "Exactly one, unless `times` says otherwise. Jobs are told apart by their ids.", "twice"],
  ["None was to be", "Who enqueued it is shown where it was a handler.", "none"],
  ["All that was enqueued", "These jobs and no others, in any order unless `inOrder` is given.", "exactly"],
  ["What waits, and what has run", "Two questions with two names.", "pending", "ran"],
  ["Deduplication", "It asks about enqueues that stored nothing.", "deduplicated"],
  ["Backoff", "The waits between attempts, all of them in order.", "retried"],
  ["Left to do", "Nothing pending, and no handler that sleeps.", "idle"],
  ["A drain in which a job failed", "Its cause is the handler's own error, which the runner shows below.", "failed"],
  ["A drain that ran nothing", "What follows it would prove nothing.", "nothing"],
  ["A drain that does not end", "It names who kept it going.", "runaway"],
  [
    "A job that must not be delivered again",
    "`checkIdempotent` names the gap that the worker died in, and what was done twice or lost.",
    "chargedTwice",
    "lost",
  ],
  [
    "A schedule that breaks an invariant",
    "`explore` shows the smallest that it found. `▸` marks the steps that did not come by themselves.",
    "explored",
  ],
  ["An assertion that nobody awaited", "The kit tells of it when it is disposed.", "unawaited"],
];

/** The whole page. Throws where a case does not fail. */
export async function failuresPage(): Promise<string> {
  const parts = [INTRO];
  for (const [title, words, ...names] of SECTIONS) {
    parts.push(`## ${title}\n\n${words}\n`);
    for (const name of names) parts.push(`${fence("ts", codeOf(name))}\n\n${fence("text", await printed(name))}\n`);
  }
  return parts.join("\n");
}

/** The names that the page shows, for the test that none is left out. */
export function shownCases(): readonly string[] {
  return SECTIONS.flatMap(([, , ...names]) => names);
}

function fence(lang: string, text: string): string {
  return `\`\`\`${lang}\n${text}\n\`\`\``;
}

/** The body of a case, as it stands in the file; the linter's "void" is nothing that whoever forgets an await writes. */
function codeOf(name: string): string {
  const source = readFileSync(new URL("failing-cases.ts", import.meta.url), "utf8");
  const [, , body] = new RegExp(`// case ${name}\\n(.*) \\{\\n([^]*?)\\n {2}\\},\\n {2}// end`).exec(source) ?? [];
  if (body === undefined) throw new Error(`No case "${name}" in failing-cases.ts.`);
  return body.replaceAll(/^ {4}(?:void )?/gm, "");
}

/** Name and message of what the case throws, as vitest prints them. */
async function printed(name: string): Promise<string> {
  const kit = await createTestKit({
    jobs: [SendEmailJob, ChargeJob, pollJob],
    now: "2030-01-01T09:00:00Z",
    leftovers: "ignore",
    label: "the kit",
  });
  try {
    await kit.run(() => cases[name]?.(kit));
  } catch (error) {
    if (error instanceof Error) return `${error.name}: ${error.message}`;
  } finally {
    await kit.dispose().catch(() => undefined); // What it found is what the case shows.
  }
  throw new Error(`The case "${name}" was to fail.`);
}
