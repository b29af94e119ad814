// The outside world, as the jobs see it.

import { Mailer } from "./mailer.ts";
import { Orders } from "./orders.ts";
import { PaymentGateway } from "./payment-gateway.ts";

export const gateway: PaymentGateway = new PaymentGateway();
export const orders: Orders = new Orders();
export const mailer: Mailer = new Mailer();
