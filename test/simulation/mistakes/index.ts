// All planted mistakes, with the first seed that catches each: `npm run test:simulation -- --mistakes` finds them anew.

import { ENGINE_MISTAKES } from "./engine-mistakes.ts";
import type { Mistake } from "./mistake.ts";
import { STORE_MISTAKES } from "./store-mistakes.ts";

export const MISTAKES: readonly Mistake[] = [...STORE_MISTAKES, ...ENGINE_MISTAKES];
