/** xoroshiro64** (Blackman, Vigna 2018): 64 bits of state by 32-bit arithmetic, so that it says the same on every machine. */
export class SeededRandom {
  #first: number;
  #second: number;

  /** @param stream tells apart the generators of one seed, so that a draw more in one leaves the others as they were */
  constructor(seed: number, stream = 0) {
    this.#first = mix(seed ^ 0x9e3779b9);
    this.#second = mix(Math.floor(seed / 2 ** 32) ^ Math.imul(stream + 1, 0x85ebca6b)) || 1;
    for (let warmUp = 0; warmUp < 8; warmUp++) this.bits();
  }

  /** @returns 32 random bits */
  bits(): number {
    const first = this.#first;
    const second = this.#second ^ first;
    const result = Math.imul(rotate(Math.imul(first, 0x9e3779bb), 5), 5) >>> 0;
    this.#first = rotate(first, 26) ^ second ^ (second << 9);
    this.#second = rotate(second, 13);
    return result;
  }

  /** Uniform in [0, 1). */
  fraction(): number {
    return this.bits() / 2 ** 32;
  }

  /** A whole number from `least` up to, not including, `bound`. */
  between(least: number, bound: number): number {
    return least + Math.floor(this.fraction() * (bound - least));
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[this.between(0, from.length)];
    if (picked === undefined) throw new RangeError('nothing to pick from');
    return picked;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.bits() & 255);
  }
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return mixed ^ (mixed >>> 16);
}
