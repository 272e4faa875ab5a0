import {Verifier} from "/work/main/pkg/dist/esm/index.js"; globalThis.x=Verifier;
