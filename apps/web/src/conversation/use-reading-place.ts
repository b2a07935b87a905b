import type { ConversationId, Seq } from '@parlour/sdk-react/ids';
import { useCallback, useState } from 'react';
import { tabMemory } from '../device/device-memory.ts';
import { parsePlaces, type ReadingPlace, readingPlacesKey, withPlace } from './reading-place.ts';

/** Where one was when this conversation was left, and a way to say where one is. */
export function useReadingPlace(conversation: ConversationId) {
  const [before] = useState<ReadingPlace | null>(() => parsePlaces(tabMemory.recall(readingPlacesKey))[conversation] ?? null);
  const keepPlace = useCallback(
    (place: { readonly seq: Seq; readonly offsetPx: number } | null) =>
      tabMemory.remember(readingPlacesKey, withPlace(parsePlaces(tabMemory.recall(readingPlacesKey)), conversation, place)),
    [conversation],
  );
  return { before, keepPlace };
}
