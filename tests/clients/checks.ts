/** What a program here is told, and how it says that something does not hold. */

declare const process: { argv: string[] };

export const address = process.argv[2] ?? "";

export function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`it does not hold: ${what}`);
}

/** Read a time, which answers have as text. */
export function toYear(time: string | null): number {
  return time === null ? 0 : new Date(time).getUTCFullYear();
}
