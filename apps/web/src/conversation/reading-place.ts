import type { ConversationId, Seq } from '@parlour/sdk-react/ids';

/** Where someone was in a conversation: an entry, and how far below the top of the view it stood. */
export type ReadingPlace = { readonly seq: Seq; readonly offsetPx: number };
export type ReadingPlaces = Readonly<Record<ConversationId, ReadingPlace>>;

export const readingPlacesKey = 'places';
/** Conversations whose place is remembered; of more, those left longest ago are forgotten. */
const placesMax = 200;

/** @param place null at the end, where one is anyhow */
export function withPlace(places: ReadingPlaces, conversation: ConversationId, place: ReadingPlace | null): ReadingPlaces {
  const others = Object.entries(places).filter(([id]) => id !== conversation);
  if (place === null) return Object.fromEntries(others);
  return Object.fromEntries([...others, [conversation, place]].slice(-placesMax));
}

/** What was remembered, as far as it is such places. */
export function parsePlaces(remembered: unknown): ReadingPlaces {
  if (typeof remembered !== 'object' || remembered === null) return {};
  return Object.fromEntries(Object.entries(remembered).filter(([, place]) => isPlace(place)));
}

function isPlace(place: unknown): place is ReadingPlace {
  if (typeof place !== 'object' || place === null) return false;
  const { seq, offsetPx } = place as Partial<ReadingPlace>;
  return Number.isSafeInteger(seq) && (seq ?? 0) > 0 && Number.isFinite(offsetPx);
}
