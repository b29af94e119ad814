// The door "wheelwright/sinon".

export { type JobSpies, type SpyOptions, spy } from "./spy.ts";
