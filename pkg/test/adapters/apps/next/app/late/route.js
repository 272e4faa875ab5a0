import { receive } from "../receive.js";

const peeker = receive("peeker");

export async function POST(request, context) {
  await request.json();
  return peeker(request, context);
}
