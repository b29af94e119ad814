// Every subject by name. Each is loaded only where it is measured, so that none pays for another's code.

import type { OpenSubject } from "../subject.ts";

const loaders = {
  "bare loop": async () => (await import("./bare.ts")).openBareLoop,
  "bare loop, async scope on": async () => (await import("./bare.ts")).openBareLoopInScope,
  "wheelwright processQueue": async () => (await import("./wheelwright.ts")).openProcessQueue,
  "wheelwright kit.drain": async () => (await import("./wheelwright.ts")).openKit,
  fastq: async () => (await import("./peers.ts")).openFastq,
  "p-queue": async () => (await import("./peers.ts")).openPQueue,
  "better-queue": async () => {
    const { openBetterQueue } = await import("./peers.ts");
    return () => openBetterQueue(1);
  },
  "better-queue, batches of 100": async () => {
    const { openBetterQueue } = await import("./peers.ts");
    return () => openBetterQueue(100);
  },
} satisfies Record<string, () => Promise<OpenSubject>>;

export type SubjectName = keyof typeof loaders;

export const LIMIT: SubjectName = "bare loop";
export const OURS: readonly SubjectName[] = ["wheelwright processQueue", "wheelwright kit.drain"];
export const PEERS: readonly SubjectName[] = ["fastq", "p-queue", "better-queue", "better-queue, batches of 100"];

/** Throws: RangeError for a name that is none of them. */
export function subjectNamed(name: string): SubjectName {
  if (!Object.hasOwn(loaders, name))
    throw new RangeError(`There is no subject "${name}". There are: ${Object.keys(loaders).join("; ")}.`);
  return name as SubjectName; // `as`: just looked up
}

export async function openerOf(name: string): Promise<OpenSubject> {
  return loaders[subjectNamed(name)]();
}
