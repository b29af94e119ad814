// A test that forgot to await an endless time travel, and disposed its kit: the travel must stop, and the process end.

import { defineJob } from "wheelwright";
import { createTestKit } from "wheelwright/testing";

const again = defineJob("Again", {}, async () => {
  await again.enqueueIn("1m");
});
const kit = await createTestKit({ jobs: [again], leftovers: "ignore" });
await again.enqueue();

kit.advance("99999d").catch((error) => process.stdout.write(`${error.name}: ${/disposed/.test(error.message)}`));
await kit.dispose();
