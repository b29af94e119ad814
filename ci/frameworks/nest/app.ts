// A controller in Nest, a service, and a job that Nest's container makes.

import "reflect-metadata";
import { Body, Controller, Inject, Injectable, Module, Post } from "@nestjs/common";
import { Job } from "wheelwright";

@Injectable()
export class Mailer {
  async send(to: string): Promise<void> {
    throw new Error(`no mail server here to send to ${to}`);
  }
}

// The container has one for all attempts, so it keeps nothing of an attempt in its fields.
@Injectable()
export class SendWelcomeJob extends Job<{ to: string }> {
  // Without arguments it is only enqueued from, or asked for its settings.
  constructor(@Inject(Mailer) private readonly mailer?: Mailer) {
    super();
  }

  override config(): void {
    this.queue = "mail";
  }

  async perform({ to }: { to: string }): Promise<void> {
    await this.mailer?.send(to);
  }
}

@Controller("sign-ups")
export class SignUpsController {
  @Post()
  async create(@Body() body: { email: string }): Promise<{ email: string }> {
    await SendWelcomeJob.enqueue({ to: body.email });
    return { email: body.email };
  }
}

@Module({ controllers: [SignUpsController], providers: [Mailer, SendWelcomeJob] })
export class AppModule {}
