import { report } from "./report.mjs";

export default {
  fetch: async () => Response.json(await report()),
};
