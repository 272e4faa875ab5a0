import { ready } from "../serve.mjs";
import { app } from "./hono-app.mjs";

Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: ({ port }) => ready(port) }, app.fetch);
