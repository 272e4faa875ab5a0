import { report } from "./report.mjs";

globalThis.suiteReport = report();
globalThis.evalIsRefused = evalIsRefused();

function evalIsRefused() {
  try {
    return new Function("return false")();
  } catch {
    return true;
  }
}
