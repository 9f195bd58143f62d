/** One member of an archive, as it is to stand there, however wrong. */
export interface Member {
  readonly name: string;
  /** `0` file, `1` hard link, `2` symbolic link, `3` and `4` devices, `5` directory, `6` FIFO, `x` extended header, `L` GNU long name. */
  readonly type?: string;
  readonly link?: string;
  readonly content?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly device?: readonly [major: number, minor: number];
  /** In seconds since 1970. */
  readonly date?: number;
}

/** A ustar archive, byte by byte, so that it can say what no tar would write. */
export function tarBytes(members: readonly Member[]): Buffer {
  return Buffer.concat([...members.map(member), Buffer.alloc(1024)]);
}

/** An extended header that changes fields of the member after it (`path`, `linkpath`, `SCHILY.xattr.NAME`). */
export function paxHeader(fields: Readonly<Record<string, string>>): Member {
  return { name: "PaxHeader", type: "x", content: Object.entries(fields).map(record).join("") };
}

// `LENGTH KEY=VALUE\n`, where the length counts its own digits too.
function record([key, value]: readonly [string, string]): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

function member({
  name,
  type = "0",
  link = "",
  content = "",
  mode = 0o644,
  uid = 0,
  gid = 0,
  device = [0, 0],
  date = 1_000_000_000,
}: Member): Buffer {
  const data = Buffer.from(content);
  const header = Buffer.alloc(512);
  const octal = (value: number, length: number) => `${value.toString(8).padStart(length - 1, "0")}\0`;
  const field = (offset: number, text: string) => header.write(text, offset, "latin1");
  field(0, name);
  field(100, octal(mode, 8));
  field(108, octal(uid, 8));
  field(116, octal(gid, 8));
  field(124, octal(data.length, 12));
  field(136, octal(date, 12));
  field(148, " ".repeat(8));
  field(156, type);
  field(157, link);
  field(257, "ustar\u000000root");
  field(297, "root");
  field(329, octal(device[0], 8));
  field(337, octal(device[1], 8));
  field(
    148,
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
  );
  return Buffer.concat([header, data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
}
