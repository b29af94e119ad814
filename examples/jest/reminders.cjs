// Appointments: a reminder goes out a day ahead, and a cancelled appointment takes its reminder along.

const { createJobs, Job, MemoryJobStore } = require("wheelwright");

const sms = {
  async send(_to, _text) {},
};

class SendReminderJob extends Job {
  config() {
    this.queue = "sms";
    this.maxRetries = 2;
  }

  async perform({ phone, at }) {
    await sms.send(phone, `See you on ${at}`);
  }
}

const jobs = createJobs({ store: new MemoryJobStore(), jobs: [SendReminderJob] });
const DAY_MS = 86_400_000;

/** Returns: the reminder. A second booking of the same slot gets the first one's. */
async function book({ phone, at }) {
  const data = { phone, at: at.toISOString() };
  return SendReminderJob.enqueueAt(new Date(at.getTime() - DAY_MS), data, { uniqueKey: `slot:${data.at}` });
}

async function cancel(reminder) {
  await jobs.cancel(reminder.id);
}

module.exports = { book, cancel, jobs, SendReminderJob, sms };
