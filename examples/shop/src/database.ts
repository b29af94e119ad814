// The shop's tables, kept in memory so that the example needs no server. Orders and their jobs share one transaction.

import type { Connection } from "./connection.ts";

export interface User {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  readonly status: "active" | "closed";
  /** How many mails of the getting-started series have gone out. */
  readonly tipsSent: number;
}

export interface Product {
  readonly id: number;
  readonly sku: string;
  readonly name: string;
  /** Cents. */
  readonly price: number;
  readonly stock: number;
}

export interface Order {
  readonly id: number;
  readonly userId: number;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  /** Cents. */
  readonly total: number;
  readonly status: "new" | "paid" | "shipped" | "payment failed";
}

export interface Import {
  readonly id: number;
  readonly jobId: string | null;
  readonly status: "waiting" | "done";
  readonly imported: number;
  readonly refused: readonly { readonly line: number; readonly reason: string }[];
}

/** A line of the sales report. */
export interface Sale {
  readonly id: number;
  readonly orderId: number;
  readonly total: number;
}

export class Database {
  readonly users = new Table<User>("user");
  readonly products = new Table<Product>("product");
  readonly orders = new Table<Order>("order");
  readonly imports = new Table<Import>("import");
  readonly sales = new Table<Sale>("sale");
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Everything or nothing: when `work` throws, the rows it wrote are gone, and so are the jobs it enqueued with
   * `{ transaction }`. (One at a time is enough for an example; a real database isolates them from each other.)
   */
  async transaction<T>(work: (transaction: unknown) => Promise<T>): Promise<T> {
    const undo = [this.users, this.products, this.orders, this.imports, this.sales].map((table) => table.snapshot());
    try {
      return await this.#connection.transaction(work);
    } catch (error) {
      for (const restore of undo) restore();
      throw error;
    }
  }
}

/** What a row was created with, for hooks that enqueue. */
export interface CreateOptions {
  readonly transaction?: unknown;
}

type Changes<Row> = { readonly [Field in keyof Omit<Row, "id">]?: Row[Field] };
type AfterCreate<Row> = (row: Row, options: CreateOptions) => unknown;

/** Rows by id, with hooks as an ORM has them. */
export class Table<Row extends { readonly id: number }> {
  readonly #name: string;
  readonly #hooks: AfterCreate<Row>[] = [];
  #rows = new Map<number, Row>();
  #lastId = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** Calls `hook`, and waits for it, after each new row. */
  afterCreate(hook: AfterCreate<Row>): void {
    this.#hooks.push(hook);
  }

  async create(fields: Omit<Row, "id">, options: CreateOptions = {}): Promise<Row> {
    const row = { ...fields, id: ++this.#lastId } as Row; // `as`: the fields and the id are all there is
    this.#rows.set(row.id, row);
    for (const hook of this.#hooks) await hook(row, options);
    return row;
  }

  /** Throws: NotFoundError. */
  get(id: number): Row {
    const row = this.#rows.get(id);
    if (row === undefined) throw new NotFoundError(`There is no ${this.#name} ${id}.`);
    return row;
  }

  find(match: (row: Row) => boolean): Row | undefined {
    return this.all().find(match);
  }

  all(): readonly Row[] {
    return [...this.#rows.values()];
  }

  /** Throws: NotFoundError. */
  update(id: number, changes: Changes<Row>): Row {
    const row = { ...this.get(id), ...changes };
    this.#rows.set(id, row);
    return row;
  }

  delete(id: number): void {
    this.#rows.delete(id);
  }

  /** Returns: what puts the rows of now back. */
  snapshot(): () => void {
    const rows = new Map(this.#rows);
    return () => {
      this.#rows = rows;
    };
  }
}

export class NotFoundError extends Error {
  override readonly name = "NotFoundError";
}
