// The shop's HTTP side: all routes, and what becomes of errors.

import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { ValiError } from "valibot";
import { WheelwrightError } from "wheelwright";
import { accounts } from "./controllers/accounts.ts";
import { admin } from "./controllers/admin.ts";
import { OutOfStockError, orders } from "./controllers/orders.ts";
import { products } from "./controllers/products.ts";
import { NotFoundError } from "./database.ts";
import type { Shop } from "./shop.ts";

export function createApp(shop: Shop): Hono {
  const app = new Hono();
  app.route("/", accounts(shop));
  app.route("/", orders(shop));
  app.route("/", products(shop));
  app.route("/admin", admin(shop));
  app.onError((error, c) => {
    if (error instanceof HTTPException) return error.getResponse();
    return c.json({ error: error.message }, statusOf(error));
  });
  return app;
}

/** Errors of the library are told apart by their `code`, which stays when a message is reworded. */
const STATUS_OF_CODE: Readonly<Record<string, 400 | 404 | 409>> = {
  DATA_INVALID: 400,
  INVALID_OPTION: 400,
  JOB_NOT_FOUND: 404,
  JOB_STATUS: 409,
  UNIQUE_KEY_TAKEN: 409,
};

function statusOf(error: Error): 400 | 404 | 409 | 500 {
  if (error instanceof ValiError) return 400;
  if (error instanceof NotFoundError) return 404;
  if (error instanceof OutOfStockError) return 409;
  if (error instanceof WheelwrightError) return STATUS_OF_CODE[error.code] ?? 500;
  return 500;
}
