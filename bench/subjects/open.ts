// Every subject by name. Each is loaded only where it is measured, so that none pays for another's code.

import type { OpenSubject } from "../subject.ts";

const loaders: Readonly<Record<string, () => Promise<OpenSubject>>> = {
  "bare loop": async () => (await import("./bare.ts")).openBareLoop,
  "kit.drain": async () => (await import("./wheelwright.ts")).openKit,
  processQueue: async () => (await import("./wheelwright.ts")).openProcessQueue,
};

export async function openerOf(name: string): Promise<OpenSubject> {
  const load = loaders[name];
  if (load === undefined) throw new Error(`No subject "${name}"; there are ${Object.keys(loaders).join(", ")}.`);
  return load();
}
