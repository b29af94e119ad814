// What the command line sees of the world: handed in, so that its tests play a terminal, a clock and a store.

import type { Clock } from "../clock/clock.ts";
import type { JobStore } from "../store/job-store.ts";
import type { Config } from "./define-config.ts";

/** Where text goes: a stream of Node.js, as far as it is needed. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  /** Characters in a line, of a terminal. */
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

export interface Io {
  readonly stdin: NodeJS.ReadableStream & {
    readonly isTTY?: boolean | undefined;
    setRawMode?(raw: boolean): unknown;
  };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that paths are read from. */
  readonly cwd: string;
  readonly clock: Clock;
  openStore(url: string, options: { readonly table?: string | undefined }): Promise<JobStore>;
  /** Calls `listener` at each SIGTERM and SIGINT. Returns: what ends that. */
  onSignal(listener: (signal: string) => void): () => void;
  /** Whether anybody still reads stdout: `| head` goes away. */
  isHeard(): boolean;
  /** In place of a file that is looked for. */
  readonly config?: Config | undefined;
}
