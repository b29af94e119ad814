// Where the figures come from.

import { cpus, loadavg, release, totalmem, type } from "node:os";

/** One line: what a reader needs to compare, and nothing that names the machine. */
export function machine(): string {
  const [cpu] = cpus();
  const gib = (totalmem() / 2 ** 30).toFixed(0);
  return `Node.js ${process.version}, ${cpus().length} × ${cpu?.model.trim() ?? "unknown processor"}, ${gib} GiB, ${type()} ${release()}`;
}

/** Whether the processors have had other things to do in the last minute. */
export function isBusy(): boolean {
  const [load = 0] = loadavg();
  return load > cpus().length / 2;
}
