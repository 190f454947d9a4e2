// Owns: measuring several things side by side in one run. What one machine does differs from minute to minute, so they
// take turns in short blocks, each after a rest, and every other round begins with the other end of the list.

export interface Contender<T> {
  readonly name: string;
  /** One block; what it returns is kept. */
  readonly block: () => Promise<T>;
}

export interface Blocks {
  readonly rounds: number;
  readonly rest_ms: number;
}

export async function alternate<T>(
  contenders: readonly Contender<T>[],
  { rounds, rest_ms }: Blocks,
): Promise<Map<string, T[]>> {
  const taken = new Map<string, T[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, block } of round % 2 === 0 ? contenders : contenders.toReversed()) {
      await rest(rest_ms);
      taken.get(name)?.push(await block());
    }
  }
  return taken;
}

export function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
