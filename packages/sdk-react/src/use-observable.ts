import type { Observable } from '@parlour/sdk/observable';
import { useSyncExternalStore } from 'react';

/** The value of an observable, and a new render whenever it changes. */
export function useObservable<T>(observable: Observable<T>): T {
  return useSyncExternalStore(observable.subscribe, observable.get);
}

/**
 * One part of an observable's value; renders anew only when that part is another.
 * @param select must answer the same object while nothing in it has changed
 */
export function useSelected<T, Part>(observable: Observable<T>, select: (value: T) => Part): Part {
  return useSyncExternalStore(observable.subscribe, () => select(observable.get()));
}
