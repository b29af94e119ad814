// A MariaDB of a test's own, where the machine has one: it is restarted, which the one that others use cannot be.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import mysql from "mysql2/promise";
import { freePort, openFolder, type Server } from "../servers.ts";

const SERVER = ["/usr/sbin/mariadbd", "/usr/bin/mariadbd"].find((path) => existsSync(path));
const INSTALLER = ["/usr/bin/mariadb-install-db"].find((path) => existsSync(path));

export const hasMariadb: boolean = SERVER !== undefined && INSTALLER !== undefined;

export async function startMariadb(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "wheelwright-mariadb-"));
  await openFolder(folder);
  const port = await freePort();
  const isRoot = process.getuid?.() === 0; // Which the server refuses to run as.
  const where = ["--no-defaults", ...(isRoot ? ["--user=nobody"] : []), `--datadir=${join(folder, "data")}`];
  execFileSync(INSTALLER ?? "", [...where, "--auth-root-authentication-method=normal", "--skip-test-db"], {
    stdio: "ignore",
  });

  let child: ChildProcess;
  const start = async (): Promise<void> => {
    const flags = [
      `--port=${port}`,
      "--bind-address=127.0.0.1",
      `--socket=${join(folder, "s")}`,
      `--pid-file=${join(folder, "pid")}`,
      "--innodb-flush-log-at-trx-commit=0",
      "--skip-log-bin",
      "--innodb-buffer-pool-size=32M",
      "--skip-name-resolve",
    ];
    child = spawn(SERVER ?? "", [...where, ...flags], { stdio: "ignore" });
    while (!(await answers(port))) {
      if (child.exitCode !== null) throw new Error(`mariadbd ended with ${child.exitCode} before it listened.`);
      await setTimeout(50);
    }
  };
  const stop = async (): Promise<void> => {
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await ended;
  };

  await start();
  const root = await mysql.createConnection({ host: "127.0.0.1", port, user: "root" });
  await root.query("CREATE DATABASE wheelwright");
  await root.end();
  return {
    url: `mysql://root@127.0.0.1:${port}/wheelwright`,
    restart: async () => {
      await stop();
      await start();
    },
    stop: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Whether somebody accepts connections there. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: "127.0.0.1", port });
    const end = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", end(true)).once("error", end(false));
  });
}
