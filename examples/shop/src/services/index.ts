// What the shop's jobs work with. Each shop has its own, so that tests do not share any state.

import type { Connection } from "../connection.ts";
import { Database } from "../database.ts";
import { Mailer } from "./mailer.ts";
import { PartnerApi } from "./partner-api.ts";
import { PaymentGateway } from "./payment-gateway.ts";
import { SearchIndex } from "./search-index.ts";
import { Warehouse } from "./warehouse.ts";

export class Services {
  readonly db: Database;
  readonly mailer = new Mailer();
  readonly gateway = new PaymentGateway();
  readonly warehouse = new Warehouse();
  readonly search = new SearchIndex();
  readonly partners = new PartnerApi();

  constructor(connection: Connection) {
    this.db = new Database(connection);
  }
}
