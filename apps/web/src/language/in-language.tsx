import { Fragment, type ReactNode, useSyncExternalStore } from 'react';
import { pageLanguage } from './page-language.ts';

/** Whatever stands here begins anew in another language: words that were said already do not change by themselves. */
export function InLanguage({ children }: { children: ReactNode }) {
  return <Fragment key={useSyncExternalStore(pageLanguage.subscribe, pageLanguage.get)}>{children}</Fragment>;
}
