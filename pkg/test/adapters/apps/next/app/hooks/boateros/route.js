import { receive } from "../../receive.js";

export const POST = receive("boateros");
