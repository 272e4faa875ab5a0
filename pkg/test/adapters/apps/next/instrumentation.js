import { recordError } from "../../record.mjs";

export function onRequestError(error, request) {
  recordError(error, request.headers);
}
