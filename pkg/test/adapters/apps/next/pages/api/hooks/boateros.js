import { receive } from "../../../receive.js";

export const config = { api: { bodyParser: false } };
export default receive("boateros");
