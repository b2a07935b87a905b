import { StorageFailure } from '@parlour/core/errors';
import type { AppendOutcome, Commit, LogStore } from '../apps/server/src/ports/log-store.ts';
import type { RegisterPut, RegisterStore, RegisterWrite } from '../apps/server/src/ports/register-store.ts';
import type { Actor } from './actor.ts';
import type { Faults } from './faults.ts';
import type { SimulatedDisk } from './simulated-disk.ts';

type WriteFate = 'applied' | 'not_applied' | 'applied_unanswered' | 'applied_late' | 'lost_unanswered' | 'each_unknown';

const retryAfterMs = 500;
const failed = (outcome: 'not_applied' | 'unknown', cause: string) =>
  new StorageFailure(`cannot write: ${cause}`, { outcome, retryAfterMs });

/** One server's hand on the disk: it takes time, fails, is full, and sometimes does not say what became of a write. */
class DiskHand {
  readonly actor: Actor;
  readonly disk: SimulatedDisk;
  readonly #faults: Faults;

  constructor(actor: Actor, disk: SimulatedDisk, faults: Faults) {
    this.actor = actor;
    this.disk = disk;
    this.#faults = faults;
  }

  read<T>(load: () => Promise<T>): Promise<T> {
    const { random, world } = this.actor;
    return new Promise((resolve, reject) => {
      this.actor.later(random.between(0, this.#faults.readMsMax), 'disk read', async () => {
        if (this.#faults.chance(this.#faults.plan.readFaultChance)) {
          world.count('read failed');
          reject(failed('not_applied', 'the disk could not be read'));
        } else resolve(await load());
      });
    });
  }

  /** @param applyUnknown what becomes of a write whose parts are each unknown; null where it is one part */
  write<T>(apply: () => Promise<T>, applyUnknown: (() => Promise<T>) | null): Promise<T> {
    const { random, world } = this.actor;
    const fate = this.#drawFate(applyUnknown !== null);
    if (fate !== 'applied') world.count(`write ${fate}`);
    return new Promise((resolve, reject) => {
      const isLost = fate === 'not_applied' || fate === 'lost_unanswered' || fate === 'applied_late';
      const underWay = { writer: this.actor, apply: isLost ? async () => {} : apply };
      this.disk.underWay.add(underWay);
      this.disk.onWrite(this.actor);
      this.actor.later(random.between(1, 20), 'disk write', async () => {
        this.disk.underWay.delete(underWay);
        if (this.disk.isFull) {
          world.count('write refused by a full disk');
          return reject(failed('not_applied', 'the disk is full'));
        }
        if (fate === 'applied_late') this.disk.applyLate(apply, random.between(20, 8_000));
        const result = await (fate === 'each_unknown' && applyUnknown
          ? applyUnknown()
          : fate === 'applied' || fate === 'applied_unanswered'
            ? apply()
            : null);
        this.actor.later(random.between(0, 10), 'disk answer', () => {
          if (result !== null && fate !== 'applied_unanswered') resolve(result);
          else reject(failed(fate === 'not_applied' ? 'not_applied' : 'unknown', fate));
        });
      });
    });
  }

  #drawFate(hasParts: boolean): WriteFate {
    if (!this.#faults.chance(this.#faults.plan.commitFaultChance)) return 'applied';
    const fates: WriteFate[] = ['not_applied', 'applied_unanswered', 'lost_unanswered'];
    if (this.#faults.plan.writesComeLate) fates.push('applied_late');
    return this.actor.random.pick(hasParts ? [...fates, 'each_unknown'] : fates);
  }
}

export function faultyLogStore(actor: Actor, disk: SimulatedDisk, faults: Faults): LogStore {
  const hand = new DiskHand(actor, disk, faults);
  const { logs } = disk;
  return {
    commit: (commit) =>
      hand.write(
        () => disk.commit(commit),
        () => commitEachUnknown(commit, hand),
      ),
    loadLog: (...of) => hand.read(() => logs.loadLog(...of)),
    loadRange: (...of) => hand.read(() => logs.loadRange(...of)),
    loadMarks: (...of) => hand.read(() => logs.loadMarks(...of)),
    findOperation: (...of) => hand.read(() => logs.findOperation(...of)),
    loadHighestOperationNumber: (...of) => hand.read(() => logs.loadHighestOperationNumber(...of)),
    loadCountsAt: (...of) => hand.read(() => logs.loadCountsAt(...of)),
    loadMarker: (...of) => hand.read(() => logs.loadMarker(...of)),
    loadMarkerSteps: (...of) => hand.read(() => logs.loadMarkerSteps(...of)),
    forgetMarkerSteps: (...of) => hand.read(() => logs.forgetMarkerSteps(...of)),
    loadRecent: (...of) => hand.read(() => logs.loadRecent(...of)),
    loadRows: (...of) => hand.read(() => logs.loadRows(...of)),
    loadDigestRows: (...of) => hand.read(() => logs.loadDigestRows(...of)),
    loadLargeConversations: (...of) => hand.read(() => logs.loadLargeConversations(...of)),
    countConversations: (...of) => hand.read(() => logs.countConversations(...of)),
  };
}

/** As an engine answers that loses sight of single appends: some are there, some are not, and it does not know which. */
async function commitEachUnknown({ appends, markers }: Commit, { disk, actor }: DiskHand): Promise<readonly AppendOutcome[]> {
  const outcomes: AppendOutcome[] = [];
  for (const append of appends) {
    const isSeen = actor.random.chance(0.3);
    const isWritten = isSeen || actor.random.chance(0.5);
    const [outcome = 'conflict'] = isWritten ? await disk.commit({ appends: [append], markers: [] }) : [];
    outcomes.push(isSeen ? outcome : 'unknown');
  }
  await disk.commit({ appends: [], markers });
  return outcomes;
}

export function faultyRegisterStore(actor: Actor, disk: SimulatedDisk, faults: Faults): RegisterStore {
  const hand = new DiskHand(actor, disk, faults);
  const { registers } = disk;
  return {
    put: (person, write: RegisterWrite): Promise<RegisterPut> => hand.write(() => disk.putRegister(person, write), null),
    loadRegistersSince: (...of) => hand.read(() => registers.loadRegistersSince(...of)),
    loadRegisters: (...of) => hand.read(() => registers.loadRegisters(...of)),
    loadHead: (...of) => hand.read(() => registers.loadHead(...of)),
  };
}
