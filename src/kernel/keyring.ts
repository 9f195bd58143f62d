/** One key or keyring of /proc/keys (keyrings(7)), of those that the reader may see. */
export interface KeyLine {
  readonly serial: number;
  readonly uid: number;
  readonly type: string;
  readonly description: string;
}

/** Parses /proc/keys. Lines that are not understood are left out. */
export function parseKeys(text: string): readonly KeyLine[] {
  return text.split("\n").flatMap((line) => {
    const [serial, , , , , uid, , type, ...description] = line.trim().split(/\s+/);
    if (serial === undefined || type === undefined || !/^[0-9a-f]{8}$/.test(serial)) return [];
    return [{ serial: Number.parseInt(serial, 16), uid: Number(uid), type, description: description.join(" ") }];
  });
}
