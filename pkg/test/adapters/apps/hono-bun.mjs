import { ready } from "../serve.mjs";
import { app } from "./hono-app.mjs";

ready(Bun.serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }).port);
