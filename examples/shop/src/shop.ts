// Puts a shop together. A factory rather than module state: every test opens a shop of its own.

import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hono } from "hono";
import { createJobs, type JobStore, type Jobs, type Logger } from "wheelwright";
import { createApp } from "./app.ts";
import { type Connection, inMemory } from "./connection.ts";
import { IndexProductJob, jobClasses } from "./jobs/index.ts";
import { Services } from "./services/index.ts";

export interface ShopOptions {
  /** Where jobs are kept; in memory unless told. */
  readonly connection?: Connection;
  readonly adminToken?: string;
  /** Where uploaded files wait for their job. */
  readonly uploads?: string;
  readonly logger?: Logger;
}

export interface Shop {
  readonly store: JobStore;
  readonly services: Services;
  readonly jobs: Jobs;
  readonly adminToken: string;
  readonly uploads: string;
}

export function openShop(options: ShopOptions = {}): Shop & { readonly app: Hono } {
  const connection = options.connection ?? inMemory();
  const { store } = connection;
  const services = new Services(connection);
  const jobs = createJobs({
    store,
    jobs: jobClasses,
    logger: options.logger,
    create: (JobClass) => Object.assign(new JobClass(), { services }),
  });

  // A hook as ORMs have it: whoever creates a product, by form or by price list, its indexing is not forgotten.
  services.db.products.afterCreate(({ sku }, { transaction }) => IndexProductJob.enqueueFor(sku, { transaction }));

  const shop = {
    store,
    services,
    jobs,
    adminToken: options.adminToken ?? "secret",
    uploads: options.uploads ?? join(tmpdir(), "shop-uploads"),
  };
  return { ...shop, app: createApp(shop) };
}
