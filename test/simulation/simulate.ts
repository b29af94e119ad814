// Plays one seed: several real engines over one store, every interleaving and every fault chosen by dice, every store call
// checked; then heals everything, and asks whether all has come to an end and nothing was lost.

import { setImmediate } from "node:timers/promises";
import type { JobStore } from "wheelwright";
import { Clients } from "./clients.ts";
import { Dice } from "./dice.ts";
import { Machine } from "./machine.ts";
import { Network } from "./network.ts";
import { NO_FAULTS, type Plan, planOf } from "./plan.ts";
import { Rules } from "./rules.ts";
import type { TraceLine } from "./trace.ts";
import { Violation } from "./violation.ts";

export interface SimulationOptions {
  /** An empty store. */
  readonly store: JobStore;
  readonly seed: number;
  /** Keeps what happened, for `trace`. */
  readonly trace?: boolean;
  /** Mistakes planted in the store, or between an engine and the network. */
  readonly storeSide?: (store: JobStore) => JobStore;
  readonly engineSide?: (store: JobStore) => JobStore;
}

export interface SimulationResult {
  readonly seed: number;
  /** The rule that was broken, or null. */
  readonly violation: string | null;
  readonly steps: number;
  readonly trace: readonly TraceLine[];
}

const START_MS = Date.parse("2030-01-01T00:00:00.000Z");
/** So many steps with faults; then everything is healed. */
const CHAOS_STEPS = 120;
/** What has not ended after so many more never will. */
const HEALING_STEPS = 3000;

/** How likely time is to stop at the end of a lease on its way. */
const EXACT = 0.3;

export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const trace: TraceLine[] = [];
  const world = new World(options, trace);
  let violation: string | null = null;
  try {
    await world.play();
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    violation = error.message;
  }
  return { seed: options.seed, violation, steps: world.steps, trace };
}

class World {
  readonly #dice: Dice;
  readonly #plan: Plan;
  readonly #rules: Rules;
  readonly #network: Network;
  readonly #clients: Clients;
  readonly #engineSide: (store: JobStore) => JobStore;
  #machines: Machine[] = [];
  #restarts: { readonly atMs: number; readonly skewMs: number }[] = [];
  #made = 0;

  constructor({ store, seed, trace, storeSide, engineSide }: SimulationOptions, lines: TraceLine[]) {
    this.#dice = new Dice(seed);
    this.#plan = planOf(this.#dice);
    this.#rules = new Rules(store);
    const seen = storeSide === undefined ? store : storeSide(store);
    this.#network = new Network(seen, this.#rules, this.#dice, START_MS, trace === true ? lines : null);
    this.#engineSide = engineSide ?? ((same) => same);
    this.#clients = new Clients(this.#plan, this.#network, this.#dice);
  }

  get steps(): number {
    return this.#network.step;
  }

  async play(): Promise<void> {
    this.#network.faults = this.#plan.faults;
    for (const skewMs of this.#plan.skewsMs) this.#start(skewMs);
    while (this.steps < CHAOS_STEPS) {
      await this.#turn();
      if (this.#isOver()) break;
      await this.#chaos();
      await this.#next();
    }
    this.#heal();
    for (;;) {
      await this.#turn();
      if (this.#isOver()) break;
      if (this.steps > CHAOS_STEPS + HEALING_STEPS) {
        await this.#rules.end();
        throw new Violation("It never comes to rest, though nothing fails any more.");
      }
      await this.#next();
    }
    await this.#rules.end();
  }

  /** Lets everybody go on until they wait: for the store, for the clock, or for the scheduler. */
  async #turn(): Promise<void> {
    this.#network.step++;
    await setImmediate();
    const { violation } = this.#network;
    if (violation !== null) throw violation;
  }

  #isOver(): boolean {
    const { calls, answers } = this.#network;
    if (this.#clients.left > 0 || this.#rules.open() > 0) return false;
    return calls.length === 0 && answers.length === 0 && this.#machines.every(({ steps }) => steps.length === 0);
  }

  #start(skewMs: number): void {
    const name = `w${++this.#made}`;
    const dice = new Dice(`${this.#dice.next()}`);
    const { concurrency } = this.#plan;
    this.#network.tell(name, "starts", skewMs === 0 ? "" : `its clock is ${skewMs} ms off`);
    this.#machines.push(
      new Machine({
        name,
        network: this.#network,
        skewMs,
        concurrency,
        random: dice.next,
        engineSide: this.#engineSide,
      }),
    );
  }

  async #chaos(): Promise<void> {
    const { crash, pause, stop, clockJump } = this.#network.faults;
    const dice = this.#dice;
    const { nowMs } = this.#network;
    for (const machine of this.#machines) {
      if (dice.chance(crash)) this.#network.kill(machine, "");
      else if (dice.chance(pause)) {
        machine.pausedUntil = nowMs + dice.pick([1000, 11_000, 60_000]);
        this.#network.tell(machine.name, "stands still", `for ${machine.pausedUntil - nowMs} ms`);
      } else if (dice.chance(stop)) {
        const now = dice.chance(0.5);
        this.#network.tell(machine.name, "is stopped", now ? "at once" : "with patience");
        machine.stopAndStart(now);
      } else if (dice.chance(clockJump)) {
        machine.skewMs = dice.between(-8000, 8000);
        this.#network.tell(machine.name, "has its clock put", `${machine.skewMs} ms off`);
        machine.clock.set(new Date(nowMs + machine.skewMs));
      }
    }
    this.#bury();
  }

  /** The dead are replaced, sooner or later. */
  #bury(): void {
    for (const { isAlive, skewMs } of this.#machines)
      if (!isAlive) this.#restarts.push({ atMs: this.#network.nowMs + this.#dice.pick([0, 3000, 20_000]), skewMs });
    this.#machines = this.#machines.filter(({ isAlive }) => isAlive);
  }

  #heal(): void {
    this.#network.tell("", "everything is healed");
    this.#network.faults = NO_FAULTS;
    this.#bury();
    for (const machine of this.#machines) machine.pausedUntil = 0;
    for (const { skewMs } of this.#restarts.splice(0)) this.#start(skewMs);
  }

  /** One thing happens: a call reaches the store, an answer its machine, a handler goes on, a client acts, or time does. */
  async #next(): Promise<void> {
    this.#bury();
    const { calls, answers, nowMs } = this.#network;
    const dice = this.#dice;
    const awake = this.#machines.filter((machine) => !machine.isPaused(nowMs));
    const heard = answers.filter(({ to }) => to.isAlive && !to.isPaused(nowMs));
    const ready = awake.filter(({ steps }) => steps.length > 0);
    const acting = this.#clients.left > 0 && awake.length > 0 ? 1 : 0;
    const choices = calls.length + heard.length + ready.length + acting;
    if (choices === 0 || dice.chance(this.#plan.haste)) return this.#moveTime(choices === 0);
    let choice = dice.between(0, choices - 1);
    if (choice < calls.length) return this.#network.passOn(choice);
    choice -= calls.length;
    const answer = heard[choice];
    if (answer !== undefined) return this.#network.deliver(answers.indexOf(answer));
    choice -= heard.length;
    const machine = ready[choice];
    if (machine === undefined) return this.#clients.act(dice.pick(awake));
    const [goOn] = machine.steps.splice(dice.between(0, machine.steps.length - 1), 1);
    goOn?.();
  }

  /** Time goes on to the next instant that somebody waits for; one that is there already wakes somebody. */
  #moveTime(mustMove: boolean): void {
    let first: Machine | null = null;
    let firstMs = Number.POSITIVE_INFINITY;
    for (const machine of this.#machines) {
      const at = machine.clock.nextWakeAt();
      if (at === null) continue;
      const ms = Math.max(at.getTime() - machine.skewMs, machine.pausedUntil);
      if (ms < firstMs) [first, firstMs] = [machine, ms];
    }
    // The very instant at which a lease is over, seen by one of the clocks: nobody is woken, and whoever looks is exact.
    const leaseEndMs = this.#rules.nextLeaseEnd() - (first?.skewMs ?? 0);
    if (leaseEndMs > this.#network.nowMs && leaseEndMs < firstMs && this.#dice.chance(EXACT))
      [first, firstMs] = [null, leaseEndMs];
    for (const { atMs } of this.#restarts) firstMs = Math.min(firstMs, atMs);
    if (firstMs === Number.POSITIVE_INFINITY) {
      if (mustMove) throw new Violation("Nobody waits for anything, and not everything has ended.");
      return;
    }
    this.#network.nowMs = Math.max(this.#network.nowMs, firstMs);
    const { nowMs } = this.#network;
    for (const { clock, skewMs } of this.#machines) clock.set(new Date(nowMs + skewMs));
    const due = this.#restarts.filter(({ atMs }) => atMs <= nowMs);
    if (due.length > 0) {
      this.#restarts = this.#restarts.filter(({ atMs }) => atMs > nowMs);
      for (const { skewMs } of due) this.#start(skewMs);
      return;
    }
    first?.clock.wakeNext();
  }
}
