// An app with one job under way, for tests of what may happen while a handler runs.

import { defineJob, type JobContext } from "wheelwright";
import { type AppOptions, anApp, turn } from "./an-app.ts";

export type Handler = (context: JobContext) => unknown;

/** An app with one job under way: `perform` runs until it ends or waits. */
export async function running(perform: Handler, options: Partial<AppOptions> = {}, timeout = 5) {
  const job = defineJob("Slow", { timeout }, (_data, context) => perform(context));
  const other = defineJob("Other", {}, () => undefined);
  const app = anApp({ jobs: [job, other], ...options });
  const { id } = await app.jobs.enqueue(job);
  const result = app.jobs.processQueue({ queue: "default" });
  await turn();
  return { ...app, id, result, other, find: () => app.jobs.find(id) };
}

/** A promise and its ends, for handlers that wait for neither clock nor timer. */
export function aGate() {
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { gate, open };
}
