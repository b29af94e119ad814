// Every job of the shop.

import { ChargePaymentJob } from "./charge-payment-job.ts";
import { EraseAccountJob } from "./erase-account-job.ts";
import { ImportProductsJob } from "./import-products-job.ts";
import { IndexProductJob } from "./index-product-job.ts";
import { PackOrderJob } from "./pack-order-job.ts";
import { ProcessOrdersJob } from "./process-orders-job.ts";
import { RecordSaleJob } from "./record-sale-job.ts";
import { SendFollowUpEmailJob } from "./send-follow-up-email-job.ts";
import { SendOrderConfirmationJob } from "./send-order-confirmation-job.ts";
import { SendPasswordResetJob } from "./send-password-reset-job.ts";
import { SendTipEmailJob } from "./send-tip-email-job.ts";
import { SendWelcomeEmailJob } from "./send-welcome-email-job.ts";
import { SyncPartnerJob } from "./sync-partner-job.ts";

export const jobClasses = [
  SendWelcomeEmailJob,
  SendFollowUpEmailJob,
  SendTipEmailJob,
  SendPasswordResetJob,
  EraseAccountJob,
  SendOrderConfirmationJob,
  PackOrderJob,
  RecordSaleJob,
  ChargePaymentJob,
  ProcessOrdersJob,
  ImportProductsJob,
  IndexProductJob,
  SyncPartnerJob,
];

export {
  ChargePaymentJob,
  EraseAccountJob,
  ImportProductsJob,
  IndexProductJob,
  PackOrderJob,
  ProcessOrdersJob,
  RecordSaleJob,
  SendFollowUpEmailJob,
  SendOrderConfirmationJob,
  SendPasswordResetJob,
  SendTipEmailJob,
  SendWelcomeEmailJob,
  SyncPartnerJob,
};
