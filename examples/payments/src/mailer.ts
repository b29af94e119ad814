// A stand-in for a mail service that drops a message whose id it has sent already.

export interface Mail {
  readonly id: string;
  readonly text: string;
}

export class Mailer {
  readonly #sent = new Map<string, Mail>();

  async send(mail: Mail): Promise<void> {
    if (!this.#sent.has(mail.id)) this.#sent.set(mail.id, mail);
  }

  sent(): readonly Mail[] {
    return [...this.#sent.values()];
  }

  clear(): void {
    this.#sent.clear();
  }
}
