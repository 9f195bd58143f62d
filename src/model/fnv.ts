/** 32 bits of a text (FNV-1a over its UTF-8): for names and places, not against anybody. */
export function fnv1a(text: string): number {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) state = Math.imul(state ^ byte, 0x01000193) >>> 0;
  return state;
}
