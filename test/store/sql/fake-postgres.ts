// A server that speaks just enough of PostgreSQL's protocol to be rude at a chosen byte, which a real one cannot be told.

import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

export interface FakePostgres {
  readonly port: number;
  /** Ends its connections, too. */
  stop(): Promise<void>;
}

/** What the server writes at once; `null` ends the connection. */
type Answer = readonly (Buffer | null)[];

/**
 * Answers each thing that it is sent on a connection, first the request to start, with the next of `answers`; what comes
 * after those is done. An answer may be promised, and is waited for.
 */
export async function fakePostgres(...answers: (Answer | Promise<Answer>)[]): Promise<FakePostgres> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let asked = 0;
    socket.on("error", () => undefined);
    socket.on("data", async () => {
      const answer = (await answers[asked++]) ?? [DONE, READY];
      socket.write(Buffer.concat(answer.filter((part) => part !== null)));
      if (answer.includes(null)) socket.end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port, // `as`: it listens on a port
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** AuthenticationOk. */
export const WELCOME: Buffer = message("R", Buffer.alloc(4));
/** CommandComplete. */
export const DONE: Buffer = message("C", Buffer.from("DO\0"));
/** ReadyForQuery, outside of a transaction. */
export const READY: Buffer = message("Z", Buffer.from("I"));
/** What a server says last, to each connection, when it is told to shut down. */
export const SHUTDOWN: Buffer = anError("FATAL", "57P01");

/** ErrorResponse. `severity`: in the language of the server's messages. */
export function anError(severity: string, code: string): Buffer {
  return message("E", Buffer.from(`S${severity}\0C${code}\0Mterminating connection\0\0`));
}

/** Source: PostgreSQL manual, "Message Formats". */
function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5, type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
