// LISTEN and NOTIFY: an enqueue of one process wakes the workers of the others at once. An extra: what is not heard is found
// by polling.

import { StoreUnavailableError } from "../../job/errors.ts";
import { checkOut, type PostgresClient, type PostgresPool } from "./postgres-pool.ts";
import { ask, type Work } from "./step.ts";

/** A pg client's events; whatever else it is. */
interface Listening extends PostgresClient {
  on(event: "notification" | "error" | "end", listener: (cause?: unknown) => void): unknown;
  removeListener(event: "notification" | "error" | "end", listener: (cause?: unknown) => void): unknown;
}

/** A name that LISTEN takes unquoted. */
export function channelOf(table: string): string {
  return `wheelwright_${table.toLowerCase().replace(".", "_")}`.slice(0, 63);
}

/** Heard by others when the statement, or the transaction it is part of, has been committed. */
export function* notify(channel: string): Work<void> {
  yield* ask("SELECT pg_notify(?, '')", [channel]);
}

/**
 * Listens on a connection of its own, taken out of the pool for as long. `lost` is called, once, when it breaks: nothing is
 * heard from then on. Returns: what ends it. Rejects when no connection is to be had.
 */
export async function listen(
  pool: PostgresPool,
  channel: string,
  wake: () => void,
  lost: (error: unknown) => void,
): Promise<() => Promise<void>> {
  const { client, release } = await checkOut(pool);
  if (!isListening(client)) {
    release();
    throw new StoreUnavailableError("Cannot listen for enqueues: this pool's connections tell no notifications.");
  }
  let isOver = false;
  const end = (error?: unknown): void => {
    if (isOver) return;
    isOver = true;
    client.removeListener("notification", wake);
    client.removeListener("error", broken);
    client.removeListener("end", broken);
    release(error !== undefined);
  };
  const broken = (error?: unknown): void => {
    if (isOver) return;
    const cause = error ?? new StoreUnavailableError("The connection that listened for enqueues has ended.");
    end(cause);
    lost(cause);
  };
  client.on("error", broken);
  client.on("end", broken);
  client.on("notification", wake);
  try {
    await client.query(`LISTEN ${channel}`);
  } catch (error) {
    end(error);
    throw error;
  }
  return async () => {
    if (isOver) return;
    try {
      await client.query(`UNLISTEN ${channel}`);
      end();
    } catch (error) {
      end(error); // It broke on its way out, and goes.
    }
  };
}

function isListening(client: PostgresClient): client is Listening {
  return "on" in client && "removeListener" in client;
}
