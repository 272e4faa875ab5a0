import { receive } from "../../receive.js";

export default receive("peeker");
