// What the build puts in the place of these names.

/** The wasm as text: see `wasm/text.ts`. */
declare module "countersign:text/*" {
  export const frequent: string;
  export const text: string;
}

/** One of the files in `wasm/`, by platform. */
declare module "countersign:wasm/*" {
  export const wasmModule: () => WebAssembly.Module;
}

declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

declare module "*.wasm?module" {
  const module: WebAssembly.Module;
  export default module;
}

/** What wasm-bindgen makes of `src/js/verifier.rs`. */
declare module "countersign:glue/verifier" {
  /** The classes, behind which there is no WebAssembly yet. */
  export function makeGlue(): Glue;

  export interface Glue {
    __wbg_set_wasm(exports: WebAssembly.Exports): void;
    textAddress(): number;
    textCapacity(): number;
    messageAddress(): number;
    headCapacity(): number;
    bodyCapacity(): number;
    bodyDigest(body: Uint8Array): number;
    readonly Keys: typeof Keys;
  }

  export class Keys {
    private constructor();
    static create(scheme: Uint8Array, allowWeak: boolean): Keys | undefined;
    add(
      id: Uint8Array,
      secret: Uint8Array,
      isText: boolean,
      notBefore: number,
      notAfter: number,
    ): boolean;
    verifier(toleranceSeconds: number, fractionDigits: number): Verifier | undefined;
    mistake(): number;
    free(): void;
  }

  export class Verifier {
    private constructor();
    verify(
      timestamp: number,
      id: number,
      type: number,
      signature: number,
      body: number,
      now: number,
    ): number;
    prepare(timestamp: number, id: number, type: number, signature: number, now: number): number;
    takeDigest(start: number, length: number, now: number): number;
    begin(
      timestamp: number,
      id: number,
      type: number,
      signature: number,
      separators: boolean,
      now: number,
    ): boolean;
    update(length: number): void;
    finish(now: number): number;
    signer(): number;
    time(length: number): number;
    isKeyedById(): boolean;
    failure(): number;
    skew(): number;
    describe(body: number, headerType: number): number;
    describeLong(body: Uint8Array, headerType: number): number;
    free(): void;
  }
}

/** What wasm-bindgen makes of `src/js/deployment.rs`. */
declare module "countersign:glue/deployment" {
  /** The functions, behind which there is no WebAssembly yet. */
  export function makeGlue(): Glue;

  export interface Glue {
    __wbg_set_wasm(exports: WebAssembly.Exports): void;
    checkDeployment(folder: string): string | undefined;
  }
}

/** What wasm-bindgen makes of `src/js/signer.rs`. */
declare module "countersign:glue/signer" {
  /** The classes, behind which there is no WebAssembly yet. */
  export function makeGlue(): Glue;

  export interface Glue {
    __wbg_set_wasm(exports: WebAssembly.Exports): void;
    readScheme(definition: string): string;
    readonly Signer: typeof Signer;
  }

  export class Signer {
    private constructor();
    static create(scheme: string, allowWeak: boolean): Signer | undefined;
    add(secret: Uint8Array, isText: boolean): string | undefined;
    sign(
      body: Uint8Array,
      timestamp: number,
      id: string | undefined,
      type: string | undefined,
    ): string;
    free(): void;
  }
}
