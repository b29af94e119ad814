// What lies between the engines and the store: every call waits here until the scheduler lets it through, and may be lost,
// doubled, answered late or not at all on the way.

import { type JobStore, StoreUnavailableError } from "wheelwright";
import type { Outcome } from "../../src/job/outcome.ts";
import type { Claim, NewJob } from "../../src/job/record.ts";
import type { Settlement } from "../../src/store/job-store.ts";
import type { Dice } from "./dice.ts";
import type { Machine, Wire } from "./machine.ts";
import { type Faults, NO_FAULTS } from "./plan.ts";
import type { Rules } from "./rules.ts";
import { nameOf, type SimData } from "./sim-job.ts";
import type { TraceLine } from "./trace.ts";
import { Violation } from "./violation.ts";

interface Call {
  readonly from: Machine;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface Answer {
  readonly to: Machine;
  readonly deliver: () => void;
  readonly what: string;
}

type Method = (...args: unknown[]) => Promise<unknown>;

/** Calls that may reach the store twice by mistake of the network: the second is to change nothing. */
function isRepeatable({ method, args }: Call): boolean {
  if (method === "insert") return (args[0] as readonly NewJob[]).every(({ idGiven }) => idGiven); // `as`: what it takes
  return method === "settle" || method === "settleMany" || method === "extend";
}

export class Network implements Wire {
  readonly rules: Rules;
  /** Calls that have not reached the store. */
  readonly calls: Call[] = [];
  /** Answers on their way back. */
  readonly answers: Answer[] = [];
  faults: Faults = NO_FAULTS;
  nowMs: number;
  readonly startMs: number;
  step = 0;
  /** Null: nobody reads it, so nothing is written. */
  readonly #trace: TraceLine[] | null;
  readonly #store: JobStore;
  readonly #dice: Dice;
  /** The first rule that a handler saw broken: it must not be the handler's error. */
  violation: unknown = null;

  constructor(store: JobStore, rules: Rules, dice: Dice, startMs: number, trace: TraceLine[] | null) {
    this.#store = store;
    this.rules = rules;
    this.#dice = dice;
    this.nowMs = startMs;
    this.startMs = startMs;
    this.#trace = trace;
  }

  tell(who: string, what: string, came = ""): void {
    this.#trace?.push({ step: this.step, atMs: this.nowMs - this.startMs, who, what, came });
  }

  /** The store as one machine sees it. */
  seamOf(from: Machine): JobStore {
    const methods = new Map<PropertyKey, unknown>();
    const of = (property: PropertyKey): unknown => {
      const member: unknown = Reflect.get(this.#store, property);
      if (property === "schedules" || property === "insertSync") return undefined;
      if (typeof property !== "string" || typeof member !== "function") return member;
      return (...args: readonly unknown[]) =>
        new Promise((resolve, reject) => {
          if (from.isAlive) this.calls.push({ from, method: property, args, resolve, reject });
        });
    };
    return new Proxy({} as JobStore, {
      get: (_target, property) => {
        if (!methods.has(property)) methods.set(property, of(property));
        return methods.get(property);
      },
    }); // `as`: what it has is looked up in the store
  }

  /** Lets one call through, with what may befall it. */
  async passOn(index: number): Promise<void> {
    const [call] = this.calls.splice(index, 1);
    if (call === undefined) return;
    const { from, method } = call;
    const dice = this.#dice;
    const { faults } = this;
    if (dice.chance(faults.errorBefore)) {
      this.#answer(call, { error: lost(method) }, "fails before it reaches the store");
      return;
    }
    if (dice.chance(faults.crashAtCall / 2)) {
      this.kill(from, `at ${method}, before it reaches the store`);
      return;
    }
    const outcome = await this.#play(call);
    if (isRepeatable(call) && dice.chance(faults.duplicate)) await this.#play(call, "once more: ");
    if (dice.chance(faults.crashAtCall / 2)) {
      this.kill(from, `at ${method}, before it hears the answer`);
      return;
    }
    if (method !== "get" && dice.chance(faults.errorAfter))
      this.#answer(call, { error: lost(method) }, "its answer is lost");
    else this.#answer(call, outcome, "", dice.chance(faults.lateAnswer));
  }

  kill(machine: Machine, how: string): void {
    this.tell(machine.name, "dies", how);
    machine.die();
    for (let index = this.answers.length - 1; index >= 0; index--)
      if (this.answers[index]?.to === machine) this.answers.splice(index, 1);
    for (let index = this.calls.length - 1; index >= 0; index--) {
      const call = this.calls[index];
      // What it has sent may reach the store yet; what it has not sent never will.
      if (call?.from === machine && this.#dice.chance(0.5)) this.calls.splice(index, 1);
    }
  }

  /** Hands one answer to its machine. */
  deliver(index: number): void {
    const [answer] = this.answers.splice(index, 1);
    if (answer === undefined) return;
    this.tell(answer.to.name, answer.what, "hears the answer");
    answer.deliver();
  }

  async #play(
    { from, method, args }: Call,
    prefix = "",
  ): Promise<{ readonly value: unknown } | { readonly error: unknown }> {
    let answer: unknown;
    try {
      answer = await (Reflect.get(this.#store, method) as Method).apply(this.#store, [...args]); // `as`: a store's methods answer later
    } catch (error) {
      if (error instanceof Violation) throw error;
      if (this.#trace !== null)
        this.tell(from.name, `${prefix}${this.#shown(method, args)}`, `throws ${String(error)}`);
      return { error };
    }
    if (this.#trace !== null) this.tell(from.name, `${prefix}${this.#shown(method, args)}`, shownAnswer(answer));
    await this.rules.observe({ method, args, answer, who: from.name });
    return { value: answer };
  }

  #shown(method: string, args: readonly unknown[]): string {
    const [first, second] = args;
    // `as`: NewJobs with SimData; a claim and an outcome; a claim.
    if (method === "insert")
      return `insert ${(first as readonly NewJob[]).map(({ data }) => (JSON.parse(data) as SimData).tag).join(", ")}`;
    if (method === "settle") {
      const rescue = (args[2] as { expired?: boolean }).expired === true ? "rescue" : "settle";
      return `${rescue} ${this.rules.called((first as Claim).id)} as ${(second as Outcome).type}`;
    }
    if (method === "settleMany")
      return `settle ${(first as readonly Settlement[]).map(({ claim, outcome }) => `${this.rules.called(claim.id)} as ${outcome.type}`).join(", ")}`;
    if (method === "extend") return `extend ${this.rules.called((first as Claim).id)}`;
    return typeof first === "string" ? `${method} ${this.rules.called(first)}` : method;
  }

  #answer(
    call: Call,
    answer: { readonly value: unknown } | { readonly error: unknown },
    told: string,
    late = false,
  ): void {
    const { from, resolve, reject, method } = call;
    if (told !== "") this.tell(from.name, method, told);
    const deliver = (): void => ("error" in answer ? reject(answer.error) : resolve(answer.value));
    if (!from.isAlive) return;
    if (late || from.isPaused(this.nowMs)) this.answers.push({ to: from, deliver, what: method });
    else deliver();
  }
}

function lost(method: string): StoreUnavailableError {
  return new StoreUnavailableError(`${method}: the connection was lost`);
}

function shownAnswer(answer: unknown): string {
  if (Array.isArray(answer))
    return answer.length === 0 ? "none" : answer.map((each) => nameOf(each as { id: string })).join(", "); // `as`: records
  if (answer instanceof Date) return answer.toISOString().slice(11, 23);
  return answer !== null && typeof answer === "object" ? JSON.stringify(answer).slice(0, 60) : String(answer);
}
