import type { PersonId } from '@parlour/core/ids';
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

/** A bounded cache of settings, fresh by the notice of a write; read again where it was lost sight of. */
export class PersonSettings {
  readonly #registers: RegisterStore;
  readonly #keptMax: number;
  readonly #kept = new Map<PersonId, Settings>();
  readonly stop: () => void;

  constructor({ registers, bus, keptMax }: { readonly registers: RegisterStore; readonly bus: Bus; readonly keptMax: number }) {
    this.#registers = registers;
    this.#keptMax = keptMax;
    this.stop = bus.subscribe((notice) => {
      if (notice.notice === 'registers') this.#kept.delete(notice.person);
    });
  }

  peek(person: PersonId): Settings | undefined {
    return this.#kept.get(person);
  }

  async load(person: PersonId): Promise<Settings> {
    const registers = await this.#registers.loadRegisters(person, Object.values(keys));
    const isOn = (wanted: string): boolean => registers.find(({ key }) => key === wanted)?.value !== 'false';
    const settings = { receipts: isOn(keys.receipts), lastSeen: isOn(keys.lastSeen) };
    if (this.#kept.size >= this.#keptMax) this.#kept.clear();
    this.#kept.set(person, settings);
    return settings;
  }
}
