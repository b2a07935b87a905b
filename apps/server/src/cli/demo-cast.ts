/** Somebody in the demonstration. */
export type CastMember = {
  readonly handle: string;
  readonly name: string;
  /** What was said between them and the visitor, oldest first: by whom, how many minutes ago, and what. */
  readonly history: readonly (readonly [by: 'them' | 'visitor', minutesAgo: number, text: string])[];
  /** How many of their last messages the visitor has not read. */
  readonly unread: number;
  /** What they say by themselves while somebody looks on, in this order, and each once. */
  readonly says: readonly string[];
  /** What they answer, in this order, again and again. */
  readonly answers: readonly string[];
};

export const visitor = { handle: 'robin', name: 'Robin Vale' } as const;

const hour = 60;
const day = 24 * hour;

/** What the visitor has written to themselves. */
export const notes: readonly (readonly [minutesAgo: number, text: string])[] = [
  [3 * day, 'Ferry 17:40, platform B'],
  [2 * day + 40, 'Ask Mara about the cool box'],
  [5 * hour, 'Lemons, bread, the good coffee'],
];

/** A group of the visitor and some of the cast: by whom, how many minutes ago, and what; and what they say in it by themselves, each once. */
export const trip = {
  title: 'Islands, at last',
  about: 'Saturday to Monday. Two cabins on deck four, and Noor takes the dog.',
  hue: 230,
  owner: 'mara.lindqvist',
  members: ['robin', 'tomas.keller', 'yuki.tanaka'],
  history: [
    ['mara.lindqvist', 40, 'So, all four of us in one place. Who brings what?'],
    ['tomas.keller', 38, 'I have the stove and the big pan'],
    ['yuki.tanaka', 35, 'Bread, cheese, and a cake if my oven lives'],
    ['robin', 31, 'Lemons and coffee. And I bring the tickets'],
    ['mara.lindqvist', 30, 'Then it is settled: platform B, twenty to six'],
  ],
  says: [
    ['yuki.tanaka', 'The oven lives. There will be cake'],
    ['tomas.keller', 'Is there a lamp in the cabins, or shall I bring one?'],
    ['mara.lindqvist', 'There is one, and it is terrible. Bring yours'],
  ],
} as const;

export const cast: readonly CastMember[] = [
  {
    handle: 'mara.lindqvist',
    name: 'Mara Lindqvist',
    history: [
      ['visitor', 4 * day, 'Are we still on for the islands?'],
      ['them', 4 * day - 6, 'If the ferry people ever answer, yes'],
      ['them', 5 * hour, 'Morning! Did they write back?'],
      ['them', 5 * hour - 1, 'I can ring them at lunch if not.'],
      ['visitor', 4 * hour, 'They did, at last. Two cabins, deck four, and they’ll hold them until tonight.'],
      ['visitor', 4 * hour - 1, 'Deck four is the one with the good windows'],
      ['them', 50, 'Perfect. Then let’s settle the day: Friday night or Saturday morning?'],
      ['visitor', 44, 'Saturday. I’d rather see the islands by daylight, and Noor can still take the dog.'],
      ['them', 42, 'Saturday, then. I’ll bring the lemons.'],
    ],
    unread: 0,
    says: [
      'I have found the cool box. It was in the cellar, under the sledge',
      'Do you want to sit outside on the way over? It will be windy',
      'Packing list so far: lemons, book, second jumper',
      'They say sun until Sunday',
      'Do you have the tickets, or do I?',
      'Found them. In the blue jacket, of course',
      'I have asked for a table at the harbour, seven o’clock',
    ],
    answers: [
      'Good, that settles it',
      'Let me look at the timetable and I’ll tell you',
      'Ha, I thought you would say that',
      'Yes, and bring the blue one',
    ],
  },
  {
    handle: 'tomas.keller',
    name: 'Tomas Keller',
    history: [
      ['them', 2 * day, 'The boiler people come on Thursday between eight and twelve'],
      ['visitor', 2 * day - 15, 'I’ll be in. Key as always?'],
      ['them', 2 * day - 16, 'Key as always. Thank you'],
      ['visitor', 70, 'All done, it hums again'],
      ['them', 66, 'You are a hero'],
      ['them', 31, 'Is it warm upstairs too?'],
    ],
    unread: 1,
    says: [
      'The bill came. It is less than they said',
      'I owe you a cake',
      'Home by six, I think',
      'Seven. There is a goat on the line, and it is not joking',
      'The goat has gone home, and so do we',
      'Plum or apple?',
    ],
    answers: ['Thanks, got it', 'Then I will not worry', 'I’ll come by and look', 'Perfect'],
  },
  {
    handle: 'yuki.tanaka',
    name: 'Yuki Tanaka',
    history: [
      ['visitor', day + 300, 'Here are the pictures from the garden, the light was kind'],
      ['them', day + 280, '写真ありがとう！とてもきれい'],
      ['them', day + 279, 'The one with the fence is my new wallpaper'],
      ['visitor', day + 200, 'It is yours, I will print it'],
      ['them', 3 * hour, 'Chapter nine broke me a little'],
      ['them', 3 * hour - 2, 'Do not ask. Just read it before Tuesday'],
    ],
    unread: 2,
    says: [
      'Chapter ten is kinder, I promise',
      'おはよう',
      'I have made too much soup again',
      'The frame is ready, shall I bring it on Tuesday?',
      'まだ雨だね',
      'Page 212, and I take back all I said of the aunt',
    ],
    answers: ['No spoilers!', 'うん、わかった', 'You read faster than I do', 'Then we talk on Tuesday'],
  },
  {
    handle: 'idris.haddad',
    name: 'Idris Haddad',
    history: [
      ['them', 6 * hour, 'The quote for the kitchen is here, valid till Friday'],
      ['visitor', 6 * hour - 20, 'Is the worktop in it?'],
      ['them', 6 * hour - 24, 'Worktop, sink and the old one taken away. Not the tiles.'],
    ],
    unread: 0,
    says: [
      'They can begin on the ninth',
      'Oak or ash? I lean to ash',
      'The tiles are extra, 340 with the edges',
      'I have sent you the plan. The fridge opens to the left there, which is wrong',
      'They will mend the plan',
    ],
    answers: ['I’ll ask them', 'Fine by me', 'That is what I hoped', 'Let us sleep on it'],
  },
  {
    handle: 'noor.aziz',
    name: 'Noor Aziz',
    history: [
      ['them', 3 * day, 'مساء الخير، وصلت الأوراق'],
      ['visitor', 3 * day - 30, 'Wonderful. Did they stamp both pages?'],
      ['them', 3 * day - 34, 'Both. And of course I take the dog'],
    ],
    unread: 0,
    says: [
      'The dog says hello',
      'صباح الخير',
      'He has found the park with the ducks',
      'هل عندك مفتاح الدراجة؟',
      'Never mind, it was in my bag',
    ],
    answers: ['Of course', 'He sleeps on the sofa, I did not allow it', 'تمام', 'See you Saturday, early'],
  },
  {
    handle: 'ada.okafor',
    name: 'Ada Okafor',
    history: [
      ['visitor', 6 * day, 'Train at 8:12?'],
      ['them', 6 * day - 3, 'See you at the station'],
    ],
    unread: 0,
    says: [
      'I am on platform 4, by the clock',
      'They have moved it to platform 7',
      'Seat 31, I have put my hat on 32',
      'There is coffee on this train, and it is good. I am as surprised as you',
    ],
    answers: ['On my way', 'Two minutes', 'Save me a seat'],
  },
];
