// Where the figures come from.

import { cpus, loadavg, release, totalmem, type } from "node:os";

/** One line: what a reader needs to compare, and nothing that names the machine. */
export function machine(): string {
  const [cpu] = cpus();
  const gib = (totalmem() / 2 ** 30).toFixed(0);
  return `Node.js ${process.version}, ${cpus().length} × ${cpu?.model.trim() ?? "unknown processor"}, ${gib} GiB, ${type()} ${release()}`;
}

/** A warning where others keep the machine busy, else null. */
export function busyness(): string | null {
  const [load = 0] = loadavg();
  if (load < cpus().length / 2) return null;
  return `The machine is busy (load ${load.toFixed(1)}): look at the ratios, and at the figures with care.`;
}
