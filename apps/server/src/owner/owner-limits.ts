/** `limits` of core, unless a world of its own has smaller ones. */
export type OwnerLimits = { readonly [Name in 'entriesPerAppendMax' | 'operationsQueuedMax' | 'afterDistanceMax']: number };
