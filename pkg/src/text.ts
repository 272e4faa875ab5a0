// Text as UTF-8. The encoder is made when it is first needed: an import makes nothing.

let made: TextEncoder | undefined;

export function encoder(): TextEncoder {
  return (made ??= new TextEncoder());
}
