// A controller in Express: it knows nothing of tests.

import express from "express";
import { SendWelcomeJob } from "../jobs.ts";

export const app = express();

app.use(express.json());

app.post("/sign-ups", async (request, response) => {
  const { email } = request.body;
  if (typeof email !== "string") return void response.status(422).json({ error: "email is missing" });
  await SendWelcomeJob.enqueue({ to: email });
  response.status(201).json({ email });
});
