// Text as UTF-8. Encoder and decoder are made when they are first needed: an import makes nothing.

let encoding: TextEncoder | undefined;
let decoding: TextDecoder | undefined;

export function encoder(): TextEncoder {
  return (encoding ??= new TextEncoder());
}

export function decoder(): TextDecoder {
  return (decoding ??= new TextDecoder());
}
