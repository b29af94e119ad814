// What can be started and stopped, again and again: a worker, a scheduler. Each start is a session of its own.

/** One life, from start to stop. */
export interface Session {
  readonly isStopping: boolean;
  /** Resolves when all is over: with null, or with why it gave up. Never rejects. */
  readonly ended: Promise<Error | null>;
  /** Whatever has to be loaded before it starts. */
  load(): Promise<unknown> | null;
  start(): void;
  /** Resolves when all is over. `now`: waits for nothing that runs. */
  stop(now: boolean): Promise<void>;
}

export interface Stoppable {
  stop(): Promise<void>;
  ended(): Promise<void>;
}

export class Service<S extends Session> implements Stoppable {
  readonly #open: () => S;
  readonly #onStart: (service: Stoppable) => void;
  #session: S | null = null;

  /** `open` makes a session, and may throw; `onStart` hears of each. */
  constructor(open: () => S, onStart: (service: Stoppable) => void) {
    this.#open = open;
    this.#onStart = onStart;
  }

  /** The life that it leads now; null when it is stopped. */
  protected get session(): S | null {
    return this.#session;
  }

  async start(): Promise<void> {
    while (this.#session?.isStopping === true) await this.#session.ended;
    if (this.#session !== null) return;
    const session = this.#open();
    this.#session = session;
    this.#onStart(this);
    void session.ended.then(() => {
      this.#session = null;
    });
    const loading = session.load();
    if (loading !== null) await loading;
    if (!session.isStopping) session.start();
  }

  async stop({ now = false }: { readonly now?: boolean } = {}): Promise<void> {
    await this.#session?.stop(now);
  }

  async ended(): Promise<void> {
    const gaveUp = await this.#session?.ended;
    if (gaveUp) throw gaveUp;
  }
}
