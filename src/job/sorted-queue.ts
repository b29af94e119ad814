// A queue that hands out its smallest member first, made for members that mostly arrive in order.

/**
 * A priority queue: members that arrive in order are appended to a run (constant time), the others go to a binary heap
 * (log n). Members that are no longer wanted stay until they reach the front or until they are half of it.
 *
 * `compare` is a total order that never changes for a member while it is inside. `isLive` says whether a member is
 * still wanted; call `discard()` once for each that stops being so, and the queue sweeps itself in time.
 */
export class SortedQueue<T> {
  readonly #compare: (a: T, b: T) => number;
  readonly #isLive: (member: T) => boolean;
  #run: (T | undefined)[] = [];
  #head = 0;
  #heap: T[] = [];
  #discarded = 0;

  constructor(compare: (a: T, b: T) => number, isLive: (member: T) => boolean = () => true) {
    this.#compare = compare;
    this.#isLive = isLive;
  }

  /** Members inside, those no longer wanted included. */
  get size(): number {
    return this.#run.length - this.#head + this.#heap.length;
  }

  push(member: T): void {
    const last = this.#run.length > this.#head ? this.#run[this.#run.length - 1] : undefined;
    if (last === undefined || this.#compare(last, member) <= 0) this.#run.push(member);
    else siftUp(this.#heap, member, this.#compare);
  }

  /** The smallest live member, left where it is. */
  peek(): T | undefined {
    this.#dropDead();
    return this.#heapIsFirst() ? this.#heap[0] : this.#run[this.#head];
  }

  /** Takes out the smallest live member. */
  pop(): T | undefined {
    this.#dropDead();
    return this.#take();
  }

  /** The live members, smallest first, left where they are. Nothing may be pushed or popped during the walk. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    this.#dropDead(); // Else every walk from the front passes all that were claimed since the last sweep.
    const heap = this.#heap;
    const byMember = (a: number, b: number): number => this.#compare(heap[a] as T, heap[b] as T); // `as`: indices of the heap
    const frontier: number[] = heap.length === 0 ? [] : [0];
    let at = this.#head;
    for (;;) {
      const first = this.#run[at];
      const inHeap = frontier[0];
      let member: T;
      if (inHeap !== undefined && (first === undefined || this.#compare(heap[inHeap] as T, first) < 0)) {
        siftDown(frontier, byMember);
        for (const child of [2 * inHeap + 1, 2 * inHeap + 2])
          if (child < heap.length) siftUp(frontier, child, byMember);
        member = heap[inHeap] as T;
      } else {
        if (first === undefined) return;
        at++;
        member = first;
      }
      if (this.#isLive(member)) yield member;
    }
  }

  /** Lets go of all members. */
  clear(): void {
    if (this.size > 0) {
      this.#run = [];
      this.#heap = [];
    }
    this.#head = 0;
    this.#discarded = 0;
  }

  /** Says that one member inside is no longer live. */
  discard(): void {
    this.#discarded++;
    if (this.#discarded > 64 && this.#discarded * 2 > this.size) this.#sweep();
  }

  #take(): T | undefined {
    if (this.#heapIsFirst()) return siftDown(this.#heap, this.#compare);
    if (this.#head === this.#run.length) return undefined;
    const member = this.#run[this.#head];
    this.#run[this.#head++] = undefined;
    if (this.#head === this.#run.length) {
      this.#run = [];
      this.#head = 0;
    } else if (this.#head > 1024 && this.#head * 2 > this.#run.length) {
      this.#run = this.#run.slice(this.#head);
      this.#head = 0;
    }
    return member;
  }

  #heapIsFirst(): boolean {
    if (this.#heap.length === 0) return false;
    const first = this.#run[this.#head];
    return first === undefined || this.#compare(this.#heap[0] as T, first) < 0; // `as`: the heap is not empty
  }

  #dropDead(): void {
    for (;;) {
      const first = this.#heapIsFirst() ? this.#heap[0] : this.#run[this.#head];
      if (first === undefined || this.#isLive(first)) return;
      this.#take();
      if (this.#discarded > 0) this.#discarded--;
    }
  }

  #sweep(): void {
    const run = this.#run.filter((member) => member !== undefined && this.#isLive(member)); // Those taken are undefined.
    const heap = this.#heap.filter((member) => this.#isLive(member));
    this.#run = run;
    this.#head = 0;
    this.#heap = heap.sort(this.#compare); // A sorted array is a heap.
    this.#discarded = 0;
  }
}

function siftUp<T>(heap: T[], member: T, compare: (a: T, b: T) => number): void {
  let at = heap.length;
  heap.push(member);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent] as T; // `as`, in both loops: indices stay inside the heap
    if (compare(member, above) >= 0) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = member;
}

function siftDown<T>(heap: T[], compare: (a: T, b: T) => number): T {
  const top = heap[0] as T;
  const moved = heap.pop() as T;
  if (heap.length === 0) return top;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && compare(heap[child + 1] as T, heap[child] as T) < 0) child++;
    const below = heap[child] as T;
    if (compare(below, moved) >= 0) break;
    heap[at] = below;
    at = child;
  }
  heap[at] = moved;
  return top;
}
