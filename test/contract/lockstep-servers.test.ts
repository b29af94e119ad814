// PostgreSQL and MariaDB in lockstep with the model and with memory.

import { describe, inject, it } from "vitest";
import { holdInStep } from "./lockstep/hold.ts";
import { mariadb, postgres } from "./lockstep/subjects.ts";

holdInStep("postgres", () => postgres(inject("postgresUrl")), { ordinary: 10, thorough: 200 });

const url = inject("mysqlUrl");
if (url === null) {
  process.stderr.write("mariadb in lockstep skipped: give a server of your own in MYSQL_URL\n");
  describe("mariadb, step by step", () => it("needs a server in MYSQL_URL", () => undefined));
} else holdInStep("mariadb", () => mariadb(url), { ordinary: 10, thorough: 200 });
