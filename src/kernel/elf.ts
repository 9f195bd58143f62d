/** What an ELF file for one kind of processor is told by. */
export interface ElfMachine {
  /** As qemu calls it. */
  readonly name: string;
  readonly bits: 32 | 64;
  readonly order: "little" | "big";
  /** `e_machine` of elf(5). */
  readonly machine: number;
}

/** What the header of an ELF file says of the processor; `flags`: `e_flags`. */
export type ElfHeader = Omit<ElfMachine, "name"> & { readonly flags: number };

/** How much of a file that takes, in bytes. */
export const elfHeaderBytes = 52;

/** The header of a program by the first bytes of its file; null where it is no ELF file. */
export function parseElfHeader(bytes: Buffer): ElfHeader | null {
  if (bytes.length < elfHeaderBytes || bytes.readUInt32BE(0) !== 0x7f454c46) return null;
  const bits = bytes[4] === 1 ? 32 : bytes[4] === 2 ? 64 : null;
  const order = bytes[5] === 1 ? "little" : bytes[5] === 2 ? "big" : null;
  if (bits === null || order === null) return null;
  const [at, machineAt] = [bits === 32 ? 36 : 48, 18];
  const little = order === "little";
  return {
    ...{ bits, order },
    machine: little ? bytes.readUInt16LE(machineAt) : bytes.readUInt16BE(machineAt),
    flags: little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at),
  };
}
