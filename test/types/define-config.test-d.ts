// What a config may be, as its writer's compiler sees it.

import { createJobs, defineConfig, Job, MemoryJobStore } from "wheelwright";

class MailJob extends Job<{ to: string }> {
  perform(): void {}
}

defineConfig({ jobs: [MailJob] });
defineConfig({ jobs: [MailJob], store: "sqlite:jobs.db", table: "shop_jobs", lease: "1m" });
defineConfig({ jobs: [MailJob], store: process.env.DATABASE_URL });
defineConfig({ jobs: [MailJob], store: new MemoryJobStore() });
defineConfig(createJobs({ store: new MemoryJobStore(), jobs: [MailJob] }));
defineConfig(async () => ({ jobs: [MailJob], store: await Promise.resolve("memory:") }));

// @ts-expect-error: the classes have to be named
defineConfig({ store: "memory:" });
// @ts-expect-error: a store or its URL
defineConfig({ jobs: [MailJob], store: 7 });
// @ts-expect-error: classes, not instances
defineConfig({ jobs: [new MailJob()] });
