import type { PersonId } from '@parlour/core/ids';
import { MemoryDirectory } from '../apps/server/src/adapters/memory/memory-directory.ts';
import { MemoryLogStore } from '../apps/server/src/adapters/memory/memory-log-store.ts';
import { MemoryRegisterStore } from '../apps/server/src/adapters/memory/memory-register-store.ts';
import type { AppendOutcome, Commit } from '../apps/server/src/ports/log-store.ts';
import type { RegisterPut, RegisterWrite } from '../apps/server/src/ports/register-store.ts';
import type { Actor } from './actor.ts';
import { LogChecker } from './log-checker.ts';
import type { World } from './world.ts';

/** A write on its way to the disk: a crash of its writer leaves all of it there, or nothing. */
export type WriteUnderWay = { readonly writer: Actor; readonly apply: () => Promise<unknown> };

/** What is durable: it outlives every server. Nothing reaches it but whole transactions, and the checker sees each. */
export class SimulatedDisk {
  logs = new MemoryLogStore();
  registers = new MemoryRegisterStore();
  directory = new MemoryDirectory();
  readonly checker: LogChecker;
  readonly underWay = new Set<WriteUnderWay>();
  /** Called when a write has set out. */
  onWrite = (_writer: Actor): void => {};
  readonly #world: World;
  #fullUntilMs = 0;
  #copy: (() => void) | null = null;
  /** Counts how often it was put back. */
  #life = 0;

  constructor(world: World) {
    this.#world = world;
    this.checker = new LogChecker(world);
  }

  get isFull(): boolean {
    return this.#fullUntilMs > this.#world.nowMs;
  }

  fill(forMs: number): void {
    this.#fullUntilMs = this.#world.nowMs + forMs;
  }

  /** For a later `restore`. */
  keepCopy(): void {
    const [logs, registers, directory, known] = [this.logs.copy(), this.registers.copy(), this.directory.copy(), this.checker.keep()];
    this.#world.note('disk', '! copied');
    this.#copy = () => {
      this.logs = logs.copy();
      this.registers = registers.copy();
      this.directory = directory.copy();
      this.checker.goBackTo(known);
    };
  }

  get hasCopy(): boolean {
    return this.#copy !== null;
  }

  /** It is again as it was when the copy was made; nothing may be writing. */
  restore(): void {
    this.#world.note('disk', '! put back as it was copied');
    this.#world.count('server store restored');
    this.#life++;
    this.#copy?.();
  }

  /** A write that comes to the disk after its writer was told that nobody knows. */
  applyLate(apply: () => Promise<unknown>, afterMs: number): void {
    const life = this.#life;
    this.#world.after(afterMs, 'late write', async () => {
      if (life === this.#life) await apply();
    });
  }

  async commit(commit: Commit): Promise<readonly AppendOutcome[]> {
    const outcomes = await this.logs.commit(commit);
    for (const [index, append] of commit.appends.entries()) {
      const outcome = outcomes[index] ?? 'conflict';
      this.#world.note('disk', `${append.conversation} append at ${append.expect.seq}, ${append.entries.length} entries: ${outcome}`);
      if (outcome === 'ok') this.checker.appended(append);
    }
    for (const raise of commit.markers) {
      this.#world.note('disk', `${raise.conversation} marker of ${raise.person}: ${JSON.stringify(raise.marker)}`);
      this.checker.raised(raise);
    }
    return outcomes;
  }

  async putRegister(person: PersonId, write: RegisterWrite): Promise<RegisterPut> {
    const [before] = await this.registers.loadRegisters(person, [write.key]);
    const put = await this.registers.put(person, write);
    const isOver = put.outcome === 'ok' && (before?.ver ?? 0) !== write.expectVer;
    this.#world.check(!isOver, () => `a register of ${person} was written over one that its writer had not seen: ${write.key}`);
    this.#world.note('disk', `register ${write.key} of ${person} at ${write.expectVer}: ${JSON.stringify(put)}`);
    return put;
  }

  /** A writer is gone: what it had under way is there up to some point, in order, and beyond it nothing is. */
  async crash(writer: Actor): Promise<void> {
    let isThere = true;
    for (const write of [...this.underWay]) {
      if (write.writer !== writer) continue;
      const { apply } = write;
      this.underWay.delete(write);
      isThere &&= this.#world.random.chance(0.5);
      this.#world.count(isThere ? 'crash after the write under way' : 'crash before the write under way');
      if (isThere) await apply();
    }
  }
}
