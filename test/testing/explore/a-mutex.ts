/** A lock in the form that takes its work as a callback: a worker that dies in it lets it go. */
export function aMutex(): { withLock(work: () => Promise<void>): Promise<void> } {
  let last: Promise<unknown> = Promise.resolve();
  return {
    withLock(work) {
      const result = last.then(work);
      last = result.catch(() => undefined);
      return result;
    },
  };
}
