import { report } from "./report.mjs";

const answer = async () => Response.json(await report());

addEventListener("fetch", (event) => event.respondWith(answer()));
