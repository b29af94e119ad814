// A Redis for tests: the one in REDIS_URL, or one of the tests' own, where redis-server is installed.

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface ARedis {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Null where there is none, which is told. */
export async function aRedis(): Promise<ARedis | null> {
  const given = process.env.REDIS_URL;
  if (given !== undefined) return { url: given, stop: async () => undefined };
  if (!isInstalled()) {
    process.stderr.write("redis skipped: install redis-server, or give a server of your own in REDIS_URL\n");
    return null;
  }
  const folder = mkdtempSync(join(tmpdir(), "wheelwright-redis-"));
  const port = await freePort();
  const args = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder];
  const server = spawn("redis-server", args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<void>((resolve) => server.once("exit", () => resolve()));
  const up = new Promise<"up">((resolve) => {
    server.stdout.on("data", (text: Buffer) => {
      if (/ready to accept/i.test(text.toString())) resolve("up");
    });
  });
  if ((await Promise.race([up, ended])) !== "up") throw new Error("redis-server has ended before it was ready.");
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      server.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function isInstalled(): boolean {
  try {
    execFileSync("redis-server", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
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
