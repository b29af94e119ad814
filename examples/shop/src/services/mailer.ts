// Mail by nodemailer. Its JSON transport sends nothing; a real shop puts its SMTP server here and changes nothing else.

import { createTransport } from "nodemailer";

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export class Mailer {
  readonly #transport = createTransport({ jsonTransport: true }, { from: "The Shop <shop@example.com>" });
  /** What has been sent, oldest first. */
  readonly outbox: Mail[] = [];

  async send(mail: Mail): Promise<void> {
    await this.#transport.sendMail(mail);
    this.outbox.push(mail);
  }
}
