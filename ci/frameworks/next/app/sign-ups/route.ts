// A route handler of Next's app router.

import { type NextRequest, NextResponse } from "next/server";
import { SendWelcomeJob } from "../../../jobs.ts";

export async function POST(request: NextRequest): Promise<NextResponse> {
  const { email } = await request.json();
  await SendWelcomeJob.enqueue({ to: email });
  return NextResponse.json({ email }, { status: 201 });
}
