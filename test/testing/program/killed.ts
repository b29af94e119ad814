// A run that is killed in the middle of a test. Tells the table of its kit first, as far as one can.

import { defineJob } from "wheelwright";
import { createTestKit } from "wheelwright/testing";

const Mail = defineJob("MailJob", {}, () => undefined);

const kit = await createTestKit({ jobs: [Mail] });
await kit.run(() => Mail.enqueue());
process.stdout.write(String(Reflect.get(kit.store, "table")), () => process.kill(process.pid, "SIGKILL"));
