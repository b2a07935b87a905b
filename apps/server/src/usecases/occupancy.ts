import type { Directory } from '../ports/directory.ts';

/** Whether anybody lives here. Once somebody does, it stays so, and is not asked again. */
export class Occupancy {
  readonly #directory: Directory;
  #isTaken = false;

  constructor(directory: Directory) {
    this.#directory = directory;
  }

  async isEmpty(): Promise<boolean> {
    if (!this.#isTaken) this.#isTaken = await this.#directory.hasPeople();
    return !this.#isTaken;
  }
}
