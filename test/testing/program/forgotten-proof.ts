// A program that calls a proof and does not await it: no runner tells, so the runtime has to.

import { defineJob } from "wheelwright";
import { checkIdempotent } from "wheelwright/testing";

let sent = 0;
const mailer = { send: async (): Promise<void> => void sent++ };
const Mail = defineJob<object>("MailJob", {}, () => mailer.send());

void checkIdempotent({
  jobs: [Mail],
  enqueue: () => Mail.enqueue({}),
  reset: () => {
    sent = 0;
  },
  observe: () => sent,
  effects: { mailer },
});
