// What happens in the shop.

import { readFile } from "node:fs/promises";
import type { Stats } from "wheelwright";
import type { openShop } from "../src/shop.ts";
import type { Storyteller } from "./storyteller.ts";

type Shop = ReturnType<typeof openShop>;
export type Story = (tell: Storyteller, shop: Shop) => Promise<void>;

const priceList = new URL("../data/price-list.csv", import.meta.url);
const ADA = { name: "Ada", email: "ada@example.com" };

export const stories: readonly Story[] = [
  signUp,
  forgetPassword,
  uploadPriceList,
  buy,
  pay,
  shipOrders,
  syncPartners,
  loseTheWarehouse,
  leave,
  tidyUp,
];

async function signUp(tell: Storyteller): Promise<void> {
  tell.story(
    "Ada signs up",
    "A welcome at once, a question after 300 seconds, and from tomorrow at nine a tip a week: each mail enqueues the next.",
  );
  await tell.visit("POST", "/users", ADA);
  await tell.playOut();
}

async function forgetPassword(tell: Storyteller): Promise<void> {
  tell.story("She forgets her password", "She clicks three times, but a unique key lets only one mail wait.");
  for (let click = 1; click <= 3; click++) await tell.visit("POST", "/password-resets", { email: ADA.email });
  await tell.playOut();
}

async function uploadPriceList(tell: Storyteller, { services }: Shop): Promise<void> {
  tell.story(
    "A price list is uploaded",
    "The job reads the file row by row, and bad rows stop nothing. Creating a product runs a hook, which enqueues the product's indexing.",
  );
  const form = new FormData();
  form.set("file", new File([await readFile(priceList)], "price-list.csv"));
  await tell.visit("POST", "/products/imports", form, "price-list.csv");
  await tell.playOut();
  for (const { line, reason } of services.db.imports.get(1).refused) tell.note(`line ${line}: ${reason}`);
}

async function buy(tell: Storyteller, { services: { db }, jobs }: Shop): Promise<void> {
  tell.story(
    "Ada buys six mugs",
    "Three jobs, one per side effect. They and the order share a transaction: when too few are in stock, order and jobs never were.",
  );
  await tell.visit("POST", "/orders", { userId: 1, lines: [{ sku: "MU-101", quantity: 6 }] }, "6 × MU-101");
  await tell.playOut();
  await tell.visit("POST", "/orders", { userId: 1, lines: [{ sku: "MU-101", quantity: 99 }] });
  const waiting = (await jobs.list({ status: "pending" })).length;
  tell.note(`rolled back: ${db.orders.all().length} order as before, and ${waiting} jobs wait`);
}

async function pay(tell: Storyteller, { services: { gateway } }: Shop): Promise<void> {
  tell.story(
    "She pays",
    "The gateway is away, then charges the card and loses the answer. Every attempt carries the same idempotency key, so the card is charged once.",
  );
  gateway.troubles.push("away", "answer lost");
  await tell.visit("POST", "/orders/1/payment", { card: "tok_visa" });
  await tell.playOut();
  const amounts = gateway.charges.map(({ amount }) => `€${(amount / 100).toFixed(2)}`);
  tell.note(`seen by her bank: ${amounts.join(", ")}`);
}

async function shipOrders(tell: Storyteller, { services: { db } }: Shop): Promise<void> {
  tell.story("120 more orders come in", "The parcels go out 50 at a time, a batch every 30 seconds.");
  for (let order = 0; order < 120; order++) {
    await db.orders.create({ userId: 1, lines: [{ sku: "CA-801", quantity: 1 }], total: 330, status: "paid" });
  }
  await tell.visit("POST", "/orders/ship");
  await tell.playOut();
}

async function syncPartners(tell: Storyteller, { services: { partners } }: Shop): Promise<void> {
  tell.story(
    "The partners are told the new prices",
    "A second apart, so that their answers do not come all at once. One asks for 90 seconds.",
  );
  partners.busy.set("fabrikam", 90);
  await tell.visit("POST", "/partners/sync");
  await tell.playOut();
}

async function loseTheWarehouse(tell: Storyteller, { services: { warehouse } }: Shop): Promise<void> {
  tell.story(
    "The warehouse is away over night",
    "After three attempts the job has failed and waits for a person, who retries it in the morning.",
  );
  const { pack } = warehouse;
  warehouse.pack = () => Promise.reject(new Error("no route to the warehouse"));
  await tell.visit("POST", "/orders", { userId: 1, lines: [{ sku: "GL-401", quantity: 2 }] }, "2 × GL-401");
  await tell.playOut();
  await tell.pass("12h");
  warehouse.pack = pack;
  const { retried } = await tell.visit("POST", "/admin/jobs/retry");
  tell.note(`${retried} job retried`);
  await tell.playOut();
}

async function leave(tell: Storyteller): Promise<void> {
  tell.story(
    "Ada leaves, comes back, and leaves for good",
    "What is known of her is erased 90 days after she closed her account. The first time she changes her mind, and the job is cancelled.",
  );
  await tell.visit("DELETE", "/users/1");
  await tell.pass("21d");
  await tell.visit("POST", "/users/1/reopen", undefined, "EraseAccount is cancelled");
  await tell.pass("7d");
  await tell.visit("DELETE", "/users/1");
  await tell.playOut();
}

async function tidyUp(tell: Storyteller): Promise<void> {
  tell.story("The admin tidies up", "Completed jobs are deleted a week after they ended.");
  const { queues } = (await tell.visit("GET", "/admin/status")) as unknown as Stats; // `as`: it answers with jobs.stats()
  tell.note(`${"queue".padEnd(12)} pending  completed  failed`);
  for (const [name, { pending, completed, failed }] of Object.entries(queues)) {
    const counts = [String(pending).padStart(7), String(completed).padStart(9), String(failed).padStart(6)];
    tell.note(`${name.padEnd(12)} ${counts.join("  ")}`);
  }
  const { purged } = await tell.visit("DELETE", "/admin/jobs?days=7");
  tell.note(`${purged} rows deleted`);
}
