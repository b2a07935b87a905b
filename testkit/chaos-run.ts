import { setTimeout as wait } from 'node:timers/promises';
import { runParlour } from '../tests/parlour-command.ts';
import { TemporaryFolder } from '../tests/parlour-process.ts';
import { expectAgreement } from './agreement.ts';
import { waitUntil } from './condition.ts';
import { DurableLog } from './durable-log.ts';
import { House, returnMs } from './house.ts';
import { findLedgerFaults } from './ledger.ts';
import { bringRenewals } from './lost-renewals.ts';
import { recountPostgres } from './recount.ts';
import { type SeededLogin, seedPeople } from './seeded-people.ts';
import { expectSimulatedPromises } from './shared-checks.ts';
import { TroubledCluster } from './troubled-cluster.ts';
import { drawTroubles, presentTrouble, type Trouble, type TroubleKind, troubleKinds } from './troubles.ts';

export type ChaosPlan = {
  /** Of troubles; healing and looking come on top. */
  readonly lengthMs: number;
  /** Decides the troubles and what is sent; what they meet the machine decides. */
  readonly seed: number;
  readonly say: (line: string) => void;
  /** In place of those that the seed would bring. */
  readonly troubles?: readonly Trouble[];
  /** Called when a tail was lost, and it is known what the devices hold of it: for a test that the checks see what is wrong. */
  readonly tamper?: (house: House) => Promise<void>;
};

export type ChaosReport = {
  /** By kind, as they were done. */
  readonly troubles: Readonly<Record<TroubleKind, number>>;
  readonly looks: number;
  /** Servers that ended though nobody killed them, and were started again. */
  readonly endedCount: number;
  readonly failedStartCount: number;
  readonly sentCount: number;
  readonly acknowledgedCount: number;
  /** Of what was acknowledged while something suffered. */
  readonly acknowledgedInTroubleCount: number;
  readonly resentCount: number;
  /** Messages that servers said they could not store now. */
  readonly refusedCount: number;
  /** Entries that went with the tail of a PostgreSQL. */
  readonly lostCount: number;
  /** Of what was acknowledged and went with a tail, what its device did not hold any more. */
  readonly goneCount: number;
  /** What was not done to the cluster here, and why. */
  readonly leftOut: Partial<Record<TroubleKind, string>>;
  readonly entryCount: number;
  /** The longest that it took from the end of the last trouble until all showed the same, with nothing waiting. */
  readonly settledMsMost: number;
  /** Everything that is wrong. */
  readonly faults: readonly string[];
  /** What `parlour verify` says at the end. */
  readonly verified: string;
};

const serverCount = 3;
const devicesByHandle = { ana: 2, mara: 2, tom: 1, ida: 1, leo: 1 };
/** Between two looks at everything. */
const roundMs = 300_000;
/** So many messages lie between what begins a failing over and the death of the one that served. */
const acknowledgedBetween = 10;

/** Real servers, engines and lines suffer while real clients talk; then all are well again, and it is looked whether anything was lost, doubled or put out of order. */
export async function runChaos({ lengthMs, seed, say, troubles: given, tamper = async () => {} }: ChaosPlan): Promise<ChaosReport> {
  await using folder = await TemporaryFolder.make();
  let logins: readonly SeededLogin[] = [];
  await using cluster = await TroubledCluster.start(serverCount, async (postgresUrl) => {
    logins = await seedPeople(folder.path, { devices: devicesByHandle, groupTitle: 'The square', postgresUrl });
  });
  await using house = new House(seed);
  const run = new ChaosRun({ cluster, house, say, tamper });
  try {
    await run.begin(logins);
    for (const [kind, why] of Object.entries(cluster.leftOut)) say(`left out: ${kind}, because ${why}`);
    const leftOut = troubleKinds.filter((kind) => cluster.leftOut[kind] !== undefined);
    const troubles = (given ?? drawTroubles(seed, { lengthMs, serverCount, leftOut })).filter(({ kind }) => !leftOut.includes(kind));
    for (let fromMs = 0; fromMs < lengthMs && run.faults.length === 0; fromMs += roundMs) {
      const untilMs = Math.min(fromMs + roundMs, lengthMs);
      await run.round(
        troubles.filter(({ atMs }) => atMs >= fromMs && atMs < untilMs),
        { fromMs, isLast: untilMs === lengthMs },
      );
    }
  } catch (error) {
    run.faults.push(error instanceof Error ? error.message : String(error));
  }
  const env = { PARLOUR_STORE: 'postgres', PARLOUR_POSTGRES_URL: cluster.postgres.url() };
  const verified = await runParlour(['verify'], { dataFolder: folder.path, env });
  if (verified.code !== 0) run.faults.push(`parlour verify ended with ${verified.code}: ${verified.stdout}${verified.stderr}`);
  return { ...run.report(), verified: verified.stdout.trim() };
}

class ChaosRun {
  readonly faults: string[];
  readonly #cluster: TroubledCluster;
  readonly #house: House;
  readonly #say: (line: string) => void;
  readonly #tamper: (house: House) => Promise<void>;
  readonly #durable = new DurableLog();
  readonly #done = Object.fromEntries(troubleKinds.map((kind) => [kind, 0])) as Record<TroubleKind, number>;
  #looks = 0;
  #settledMsMost = 0;
  #acknowledgedInTroubleCount = 0;
  #lostCount = 0;

  constructor({ cluster, house, say, tamper }: Pick<Required<ChaosPlan>, 'say' | 'tamper'> & { cluster: TroubledCluster; house: House }) {
    this.#cluster = cluster;
    this.#house = house;
    this.#say = say;
    this.#tamper = tamper;
    cluster.watcher = { acknowledged: () => house.acknowledged(acknowledgedBetween), tailLost: (of) => this.#tailLost(of) };
    this.faults = house.faults;
  }

  /** Some go wherever the balancer takes them, the others where the servers send them. */
  async begin(logins: readonly SeededLogin[]): Promise<void> {
    await this.#house.open(this.#cluster.balancer.url, logins, (index) => index % 2 === 1);
    await this.#house.online();
    this.#house.talk();
    await waitUntil(() => {
      const silent = this.#house.devices.find(({ sent }) => sent.size === 0);
      return silent && this.faults.length === 0 ? `${silent.name} has said nothing` : null;
    }, returnMs);
  }

  async round(troubles: readonly Trouble[], { fromMs, isLast }: { readonly fromMs: number; readonly isLast: boolean }): Promise<void> {
    this.#house.talk();
    const acknowledgedBefore = this.#house.acknowledgedCount;
    const startedMs = performance.now();
    for (const trouble of troubles) {
      await wait(Math.max(0, startedMs + trouble.atMs - fromMs - performance.now()));
      if (this.faults.length > 0) break;
      this.#say(`${presentTrouble(trouble)}; ${this.#house.sentCount} sent, ${this.#house.unacknowledgedCount} without an answer`);
      this.#done[trouble.kind] += 1;
      void this.#cluster.suffer(trouble).catch((error) => this.faults.push(`${trouble.kind}: ${error}`));
    }
    await this.#cluster.healed();
    this.#acknowledgedInTroubleCount += this.#house.acknowledgedCount - acknowledgedBefore;
    await this.#look(isLast);
  }

  report(): Omit<ChaosReport, 'verified'> {
    const { sentCount, acknowledgedCount, resentCount, refusedCount, devices } = this.#house;
    const { endedCount, failedStartCount, leftOut } = this.#cluster;
    const gone = devices.flatMap(({ sent }) => [...sent.values()]).filter(({ mayBeLost, acknowledged }) => mayBeLost && acknowledged);
    return {
      troubles: this.#done,
      looks: this.#looks,
      endedCount,
      failedStartCount,
      sentCount,
      acknowledgedCount,
      acknowledgedInTroubleCount: this.#acknowledgedInTroubleCount,
      resentCount,
      refusedCount,
      lostCount: this.#lostCount,
      goneCount: gone.length,
      leftOut,
      entryCount: this.#durable.entryCount,
      settledMsMost: this.#settledMsMost,
      faults: this.faults,
    };
  }

  /** What is gone from the logs is known to the byte: it is what their devices must bring again. */
  async #tailLost(of: { readonly formerUrl: string; readonly url: string }): Promise<void> {
    const { devices } = this.#house;
    const lost = await this.#durable.failedOver(of);
    this.faults.push(...this.#durable.faults);
    this.#lostCount += lost.length;
    for (const device of devices) await device.serverLost(lost, (text) => this.#durable.checker.findText(text) !== undefined);
    const renewals = await bringRenewals(of);
    const brought = renewals > 0 ? `; ${renewals} logins would have ended with it, and were brought over` : '';
    this.#say(`          ${lost.length} entries went with the tail of PostgreSQL${brought}`);
    await this.#tamper(this.#house);
  }

  /** Everybody is quiet, and all that was sent is looked at; at the last look all that anybody can scroll back to. */
  async #look(isLast: boolean): Promise<void> {
    const healedMs = performance.now();
    const { devices } = this.#house;
    await this.#house.stopTalking();
    await this.#house.online();
    await this.#house.idle();
    const postgresUrl = this.#cluster.postgres.url();
    await expectSimulatedPromises(this.#durable, devices, () => this.#durable.readPostgres(postgresUrl));
    const settledMs = Math.round(performance.now() - healedMs);
    this.#settledMsMost = Math.max(this.#settledMsMost, settledMs);
    if (isLast) {
      const counted = await expectAgreement(() => recountPostgres(postgresUrl), devices);
      this.faults.push(...findLedgerFaults(counted, devices));
    } else this.faults.push(...devices.flatMap(({ complaints }) => complaints));
    this.#looks += 1;
    if (this.faults.length === 0)
      this.#say(`after ${settledMs} ms all show the same ${this.#durable.entryCount} entries: nothing lost, doubled or out of order`);
  }
}
