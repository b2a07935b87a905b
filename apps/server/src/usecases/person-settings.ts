import type { Environment } from '@parlour/core/environment';
import type { MonotonicMs, PersonId } from '@parlour/core/ids';
import type { Bus } from '../ports/bus.ts';
import type { RegisterStore } from '../ports/register-store.ts';

/** The settings that the server itself acts on; each is a register of personal state, JSON true or false, true where it was never set. */
export type Settings = {
  /** Tells others what one has read, and is told. */
  readonly receipts: boolean;
  /** Shows when one was here last. */
  readonly lastSeen: boolean;
};

const keys = { receipts: 'settings.receipts', lastSeen: 'settings.last_seen' } as const;

/** With other nodes about, a write is heard of where the person is or is looked at; elsewhere what was read is believed this long. */
const believedMs = 20_000;

export type PersonSettingsOptions = {
  readonly registers: RegisterStore;
  readonly bus: Bus;
  readonly environment: Pick<Environment, 'monotonic'>;
  readonly keptMax: number;
};

/** A bounded cache of settings, fresh by the notice of a write; read again where it was lost sight of. */
export class PersonSettings {
  readonly #registers: RegisterStore;
  readonly #keptMax: number;
  readonly #bus: Bus;
  readonly #environment: Pick<Environment, 'monotonic'>;
  readonly #kept = new Map<PersonId, { readonly settings: Settings; readonly at: MonotonicMs }>();
  readonly stop: () => void;

  constructor({ registers, bus, environment, keptMax }: PersonSettingsOptions) {
    this.#registers = registers;
    this.#bus = bus;
    this.#environment = environment;
    this.#keptMax = keptMax;
    const unsubscribe = bus.subscribe((notice) => {
      if (notice.notice === 'registers') this.#kept.delete(notice.person);
    });
    const unmind = bus.onGap(() => this.#kept.clear());
    this.stop = () => {
      unsubscribe();
      unmind();
    };
  }

  peek(person: PersonId): Settings | undefined {
    const kept = this.#kept.get(person);
    const isOld = kept !== undefined && this.#bus.isShared && this.#environment.monotonic() - kept.at > believedMs;
    return isOld ? undefined : kept?.settings;
  }

  async load(person: PersonId): Promise<Settings> {
    const at = this.#environment.monotonic();
    const registers = await this.#registers.loadRegisters(person, Object.values(keys));
    const isOn = (wanted: string): boolean => registers.find(({ key }) => key === wanted)?.value !== 'false';
    const settings = { receipts: isOn(keys.receipts), lastSeen: isOn(keys.lastSeen) };
    if (this.#kept.size >= this.#keptMax) this.#kept.clear();
    this.#kept.set(person, { settings, at });
    return settings;
  }
}
