// Makes what tests do not care about. Seeded, so that every run makes the same.

import type { Order, Product, User } from "../../src/database.ts";

type Fields<Row> = Omit<Row, "id">;

export interface Factories {
  user(fields?: Partial<Fields<User>>): Fields<User>;
  product(fields?: Partial<Fields<Product>>): Fields<Product>;
  order(fields?: Partial<Fields<Order>>): Fields<Order>;
  card(): string;
}

/** faker takes a while to load, so it is loaded by the tests that use it, when they do. */
export async function factories(seed = 7): Promise<Factories> {
  const { faker } = await import("@faker-js/faker/locale/en");
  faker.seed(seed);
  return {
    user: (fields) => ({
      name: faker.person.firstName(),
      email: faker.internet.exampleEmail().toLowerCase(),
      status: "active",
      tipsSent: 0,
      ...fields,
    }),
    product: (fields) => ({
      sku: `${faker.string.alpha({ length: 2, casing: "upper" })}-${faker.string.numeric(3)}`,
      name: faker.commerce.productName(),
      price: faker.number.int({ min: 100, max: 10_000 }),
      stock: faker.number.int({ min: 10, max: 50 }),
      ...fields,
    }),
    order: (fields) => ({
      userId: 1,
      lines: [{ sku: "MU-101", quantity: 1 }],
      total: faker.number.int({ min: 100, max: 10_000 }),
      status: "new",
      ...fields,
    }),
    card: () => `tok_${faker.string.alphanumeric(16)}`,
  };
}
