import { LateModule } from '../loading/late-module.ts';
import { useLateModule } from '../loading/use-late-module.ts';
import { type ParseMarkup, parsePlain, plainText } from './markup.ts';

/** The reader of marks is as large as a third of all that the first paint needs, and that does not need it. */
const reader = new LateModule(() => import('./markdown.ts'));

/** Reads the marks in a text; null for the moment until it is here. Where it cannot be had, a text is shown as it stands. */
export function useMarkup(): ParseMarkup | null {
  const { module, failed } = useLateModule(reader);
  return module?.parseMarkup ?? (failed ? parsePlain : null);
}

/** The words of a text without their marks. */
export function usePlainText(text: string | null): string | null {
  const parse = useMarkup() ?? parsePlain;
  return text === null ? null : plainText(parse(text));
}
