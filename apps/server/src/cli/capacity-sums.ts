/** What one message and one connection cost. */
export type UnitCosts = {
  /** Of CPU: for a message from its frame to its entry at two devices, durable. */
  readonly messageUs: number;
  /** Of CPU, for each device beyond the two. */
  readonly deliveryUs: number;
  readonly connectionBytes: number;
  readonly messageBytes: number;
};

/** What they cost on this machine. */
export type Costs = UnitCosts & {
  /** From sending to the acknowledgement. */
  readonly answerMs: { readonly p50: number; readonly p99: number };
};

/** How people use it. */
export type Habits = {
  readonly messagesADay: number;
  /** Of a day's messages, those of its busiest hour, from 0 to 1. */
  readonly busiestHour: number;
  /** Of the people, those who are connected then, from 0 to 1. */
  readonly online: number;
  /** Devices that a message is told to, the sender's among them. */
  readonly devices: number;
  readonly keptDays: number;
};

export const usualHabits: Habits = { messagesADay: 40, busiestHour: 0.15, online: 0.3, devices: 4, keptDays: 365 };

/** What this machine has for it. */
export type Room = { readonly memoryBytes: number; readonly diskBytes: number; readonly sockets: number };

export type Bound = { readonly of: 'serving thread' | 'memory' | 'sockets' | 'disk'; readonly people: number };

/** Beyond this an answer waits for others more often than not. */
const threadShareMax = 0.6;
/** The rest is the system's, for what it keeps of files and sockets. */
const memoryShareMax = 0.5;
const diskShareMax = 0.8;
/** What the kernel keeps of a socket, beside the server. */
const kernelBytes = 5_000;

/** Messages a second, in the busiest hour. */
export const busiestRate = (people: number, { messagesADay, busiestHour }: Habits): number => (people * messagesADay * busiestHour) / 3_600;

/** What so many people take of everything, as parts of what there is to be taken of it; above 1 it breaks. */
export function loadOf(people: number, costs: UnitCosts, habits: Habits, room: Room): Readonly<Record<Bound['of'], number>> {
  const messageUs = costs.messageUs + Math.max(0, habits.devices - 2) * costs.deliveryUs;
  const connections = people * habits.online;
  return {
    'serving thread': (busiestRate(people, habits) * messageUs) / 1e6 / threadShareMax,
    memory: (connections * (costs.connectionBytes + kernelBytes)) / (room.memoryBytes * memoryShareMax),
    sockets: connections / room.sockets,
    disk: (people * habits.messagesADay * habits.keptDays * costs.messageBytes) / (room.diskBytes * diskShareMax),
  };
}

/** How many people each of them carries, what breaks first before the others. */
export function boundsOf(costs: UnitCosts, habits: Habits, room: Room): readonly Bound[] {
  const one = loadOf(1, costs, habits, room);
  return (Object.keys(one) as Bound['of'][])
    .map((of) => ({ of, people: Math.floor(1 / one[of]) }))
    .sort((first, second) => first.people - second.people);
}
