import { state } from "../../../../record.mjs";

export const dynamic = "force-dynamic";
export const GET = () => Response.json(state());
