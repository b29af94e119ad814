// The base of the shop's jobs: it gives them the shop's services.

import { Job, type NoData } from "wheelwright";
import type { Services } from "../services/index.ts";

export abstract class ShopJob<Data extends object = NoData> extends Job<Data> {
  /** Handed in by createJobs({ create }), see shop.ts. */
  declare services: Services;
}
