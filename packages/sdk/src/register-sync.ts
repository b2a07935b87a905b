import type { RegisterVersion } from '@parlour/core/ids';
import { limits } from '@parlour/core/limits';
import { sumOfVersions } from '@parlour/core/register-sum';
import { askAgainMs } from './connection-state.ts';
import type { LeaderContext } from './leader-context.ts';
import { type Change, changeOf, metaChange } from './mirror.ts';
import { isRefused } from './refusal.ts';
import type { HeldRegister } from './store.ts';

const none = 0 as RegisterVersion;

/** [SDK-18] Personal state: what is written here goes to the server by compare-and-set; what others of one's devices wrote is pulled. */
export class RegisterSync {
  readonly #context: LeaderContext;
  #open = false;
  #working: Promise<void> | null = null;
  #headVer: RegisterVersion = none;
  /** What is held is not what the server has up to there: it went back in time. */
  #isAstray = false;
  #attempt = 0;
  #cancelRetry = () => {};
  #changed: () => void;

  /** @param changed there may be nothing left to do */
  constructor(context: LeaderContext, changed: () => void) {
    this.#context = context;
    this.#changed = changed;
  }

  get isIdle(): boolean {
    return !this.#working && this.#isSettled() && this.#wished().length === 0;
  }

  begin(): void {
    this.#open = true;
    this.#work();
  }

  reset(): void {
    this.#open = false;
    this.#headVer = none;
    this.#isAstray = false;
    this.#attempt = 0;
    this.#cancelRetry();
  }

  /** The server has writes up to this version; with the sum of the versions of all, where it was told. */
  knowHead(ver: RegisterVersion, sum: number | null): void {
    if (ver > this.#headVer) this.#headVer = ver;
    if (sum !== null) this.#compare(ver, sum);
    this.#work();
  }

  /** Kept on the device at once. */
  write(key: string, value: string | null): void {
    const held = this.#context.mirror.registers.get(key);
    if ((held?.wish ? held.wish.value : (held?.value ?? null)) === value) return;
    const register: HeldRegister = { key, ver: held?.ver ?? none, value: held?.value ?? null, wish: { value } };
    this.#context.writer.commit([changeOf('registers', key, register)]);
    this.#work();
  }

  #isSettled(): boolean {
    return !this.#isAstray && this.#headVer <= this.#heldVer();
  }

  #heldVer(): RegisterVersion {
    return this.#context.mirror.meta.registers_ver ?? none;
  }

  #wished(): HeldRegister[] {
    return [...this.#context.mirror.registers.values()].filter(({ wish }) => wish !== null);
  }

  #work(): void {
    if (!this.#open || this.#working) return;
    this.#working = this.#workOff().finally(() => {
      this.#working = null;
      this.#changed();
    });
  }

  async #workOff(): Promise<void> {
    while (this.#open) {
      const [wished] = this.#wished();
      if (this.#isSettled() && !wished) return;
      const done = this.#isAstray ? await this.#pullAll() : this.#isSettled() && wished ? await this.#put(wished) : await this.#pull();
      if (done) this.#attempt = 0;
      else return this.#retryLater();
    }
  }

  async #pull(): Promise<boolean> {
    const answer = await this.#context.connection.ask({ kind: 'pull_registers', sinceVer: this.#heldVer() });
    if (isRefused(answer)) return false;
    const changes: Change[] = answer.registers.map(({ key, ver, value }) => {
      const wish = this.#context.mirror.registers.get(key)?.wish ?? null;
      return changeOf('registers', key, { key, ver, value, wish });
    });
    const lastVer = answer.registers.at(-1)?.ver ?? answer.headVer;
    const reachedVer = answer.more ? lastVer : answer.headVer;
    this.#headVer = answer.headVer;
    this.#context.writer.commit([...changes, metaChange('registers_ver', reachedVer)]);
    // Where more was written meanwhile, it comes with the next head.
    if (!answer.more && lastVer <= answer.headVer) this.#compare(answer.headVer, answer.sum);
    return true;
  }

  /** [REG-2] Is what is held what the server has? */
  #compare(headVer: RegisterVersion, sum: number): void {
    const heldVer = this.#heldVer();
    if (headVer > heldVer) return;
    const held = [...this.#context.mirror.registers.values()].map(({ ver }) => ver);
    this.#isAstray ||= headVer < heldVer || sumOfVersions(held) !== sum;
  }

  /** [SDK-18] Takes all as the server has it. What was written here or seen, and is not there any more, is written again. */
  async #pullAll(): Promise<boolean> {
    const there = new Map<string, { readonly ver: RegisterVersion; readonly value: string | null }>();
    let reachedVer = none;
    for (let more = true; more; ) {
      const answer = await this.#context.connection.ask({ kind: 'pull_registers', sinceVer: reachedVer });
      if (isRefused(answer)) return false;
      for (const { key, ver, value } of answer.registers) there.set(key, { ver, value });
      reachedVer = answer.more ? (answer.registers.at(-1)?.ver ?? answer.headVer) : answer.headVer;
      more = answer.more;
    }
    const { registers } = this.#context.mirror;
    const keys = new Set([...registers.keys(), ...there.keys()]);
    const changes = [...keys].map((key) => {
      const { ver, value } = there.get(key) ?? { ver: none, value: null };
      const held = registers.get(key);
      const isLost = held !== undefined && held.ver > ver && held.value !== value;
      const wish = held?.wish ?? (isLost ? { value: held.value } : null);
      return changeOf('registers', key, ver === none && wish === null ? null : { key, ver, value, wish });
    });
    this.#isAstray = false;
    this.#headVer = reachedVer;
    this.#context.writer.commit([...changes, metaChange('registers_ver', reachedVer)]);
    return true;
  }

  async #put({ key, ver, wish }: HeldRegister): Promise<boolean> {
    if (!wish) return true;
    const answer = await this.#context.connection.ask({ kind: 'put_register', key, ver, value: wish.value });
    if (isRefused(answer)) return this.#afterRefusal(key, answer.refused);
    const now = this.#context.mirror.registers.get(key);
    // Written again meanwhile: that goes next, over this version.
    const left = now?.wish && now.wish.value !== wish.value ? now.wish : null;
    const follows = answer.previousVer === this.#heldVer();
    this.#context.writer.commit([
      changeOf('registers', key, { key, ver: answer.ver, value: wish.value, wish: left }),
      ...(follows ? [metaChange('registers_ver', answer.ver)] : []),
    ]);
    if (answer.ver > this.#headVer) this.#headVer = answer.ver;
    return true;
  }

  async #afterRefusal(key: string, refused: string): Promise<boolean> {
    // Another device wrote in between: its version is pulled, and what was written here last goes over it.
    if (refused === 'register_conflict') {
      const before = this.#context.mirror.registers.get(key)?.ver ?? none;
      if (!(await this.#pull())) return false;
      // Nothing is newer than what was written over: then that is not there at all.
      if ((this.#context.mirror.registers.get(key)?.ver ?? none) <= before) this.#isAstray = true;
      return true;
    }
    if (refused !== 'too_many_registers' && refused !== 'malformed') return false;
    const held = this.#context.mirror.registers.get(key);
    if (held) this.#context.writer.commit([changeOf('registers', key, held.ver === none ? null : { ...held, wish: null })]);
    return true;
  }

  #retryLater(): void {
    if (!this.#open) return;
    this.#attempt += 1;
    const { environment } = this.#context;
    this.#cancelRetry();
    this.#cancelRetry = environment.timer(100 + askAgainMs(this.#attempt, environment.random()), () => this.#work());
  }
}

export function isRegisterFit(value: string | null): boolean {
  return value === null || value.length <= limits.registerValueLengthMax;
}
