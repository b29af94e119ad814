// A store whose calls fail where a test wants them to: before they took effect, or after it, when only the answer is lost.

import { type JobStore, StoreUnavailableError } from "wheelwright";

/** `"before"`: nothing was done. `"after"`: it was done, and the caller is told that it failed. */
export type Fault = "before" | "after" | null;

/** Asked at each call: the method's name, and how often it was called before. */
export type FaultPlan = (method: string, earlier: number) => Fault;

export interface FaultStore extends JobStore {
  /** How often each method was called. */
  readonly calls: ReadonlyMap<string, number>;
}

export function faultStore(inner: JobStore, plan: FaultPlan): FaultStore {
  const calls = new Map<string, number>();
  const wrap =
    (name: string, method: (...args: unknown[]) => unknown) =>
    (...args: unknown[]): unknown => {
      const earlier = calls.get(name) ?? 0;
      calls.set(name, earlier + 1);
      const fault = plan(name, earlier);
      const lost = new StoreUnavailableError(`${name}: the connection was lost`);
      if (name === "insertSync") return failingSync(() => method.apply(inner, args), fault, lost);
      return failing(() => method.apply(inner, args), fault, lost);
    };
  return new Proxy(inner, {
    get(target, property) {
      if (property === "calls") return calls;
      const member: unknown = Reflect.get(target, property);
      if (typeof property !== "string" || typeof member !== "function") return member;
      return wrap(property, member as (...args: unknown[]) => unknown); // `as`: a store's functions are its methods
    },
  }) as FaultStore; // `as`: the proxy adds `calls`
}

/** The same call fails each time of `times`, in the same way. */
export function failsTimes(method: string, times: number, fault: "before" | "after"): FaultPlan {
  return (name, earlier) => (name === method && earlier < times ? fault : null);
}

function failingSync(call: () => unknown, fault: Fault, error: Error): unknown {
  if (fault === "before") throw error;
  const answer = call();
  if (fault === "after") throw error;
  return answer;
}

async function failing(call: () => unknown, fault: Fault, error: Error): Promise<unknown> {
  if (fault === "before") throw error;
  const answer = await call();
  if (fault === "after") throw error;
  return answer;
}
