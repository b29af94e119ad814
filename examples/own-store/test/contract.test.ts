// The store is held to what every store must do.

import { Redis } from "ioredis";
import { afterAll, describe, it } from "vitest";
import { describeJobStore } from "wheelwright/contract";
import { RedisJobStore } from "../src/redis-job-store.ts";
import { aRedis } from "./a-redis.ts";

const server = await aRedis();
if (server === null) {
  describe("the job store contract: redis", () => it("needs redis-server, or a server in REDIS_URL", () => undefined));
} else {
  const [redis, second] = [new Redis(server.url), new Redis(server.url)];
  afterAll(async () => {
    await Promise.all([redis.quit(), second.quit()]);
    await server.stop();
  });

  let prefix = "";
  let tests = 0;
  const open = () => {
    prefix = `contract-${process.pid}-${++tests}`;
    return new RedisJobStore(redis, { prefix });
  };
  describeJobStore("redis", open, { describe, it, openSecond: () => new RedisJobStore(second, { prefix }) });
}
