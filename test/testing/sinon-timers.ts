// Timers that sinon fakes: all of them, but for what Node.js moves the answers of a database's server with.

import sinon from "sinon";
import { isSlow } from "./a-store.ts";

export function sinonTimers(now = 0): sinon.SinonFakeTimers {
  return sinon.useFakeTimers({ now, ...(isSlow && { toNotFake: ["nextTick"] }) });
}
