// The naive store keeps the contract too: what the memory store is held against is right itself.

import { describe, it } from "vitest";
import { describeJobStore } from "../../src/contract/index.ts";
import { NaiveJobStore } from "../store/memory/naive-job-store.ts";

describeJobStore("naive", () => new NaiveJobStore(), { describe, it });
