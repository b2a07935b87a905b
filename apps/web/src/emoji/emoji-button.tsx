import Smile from 'lucide-react/icons/smile';
import { useCallback, useRef, useState } from 'react';
import { IconButton } from '../design/button.tsx';
import { Popup } from '../design/popup.tsx';
import { isRightToLeft } from '../language/direction.ts';
import { pageLanguage } from '../language/page-language.ts';
import { say } from '../language/say.ts';
import { LateModule } from '../loading/late-module.ts';
import { useLateModule } from '../loading/use-late-module.ts';

/** The picker and its table of names are as large as the rest of the page; they come when it is first opened, names in the language that is spoken. */
const lateIn = (tag: string) =>
  new LateModule(async () => {
    const [{ EmojiPicker }, { nameEmoji }] = await Promise.all([import('./emoji-picker.tsx'), import('./emoji-names.ts')]);
    return { EmojiPicker, named: await nameEmoji(tag) };
  });
const lateByLanguage = new Map<string, ReturnType<typeof lateIn>>();

function latePicker(tag: string): ReturnType<typeof lateIn> {
  const late = lateByLanguage.get(tag) ?? lateIn(tag);
  lateByLanguage.set(tag, late);
  return late;
}

/** Opens the picker above itself. @param onDone the picker is gone, with or without an emoji */
export function EmojiButton({ onPick, onDone }: { onPick: (emoji: string) => void; onDone: () => void }) {
  const button = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  const close = useCallback(() => {
    setOpen(false);
    onDone();
  }, [onDone]);
  const place = useCallback((own: { width: number; height: number }) => {
    const box = button.current?.getBoundingClientRect();
    const left = isRightToLeft() ? (box?.left ?? 0) - 48 : (box?.right ?? 0) - own.width + 48;
    return { left, top: (box?.top ?? 0) - own.height - 10 };
  }, []);
  return (
    <>
      <IconButton
        ref={button}
        label={say('Emoji')}
        className="composer-emoji"
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <Smile size={20} strokeWidth={1.75} aria-hidden="true" />
      </IconButton>
      {isOpen && (
        <Popup role="dialog" aria-label={say('Emoji')} place={place} onClose={close}>
          <LatePicker
            onPick={(emoji) => {
              onPick(emoji);
              close();
            }}
          />
        </Popup>
      )}
    </>
  );
}

function LatePicker({ onPick }: { onPick: (emoji: string) => void }) {
  const { module, failed } = useLateModule(latePicker(pageLanguage.get()));
  if (module !== null) return <module.EmojiPicker named={module.named} onPick={onPick} />;
  return (
    <p className="emoji-coming" role="status">
      {failed ? say('The emoji could not be loaded. They need a connection once.') : say('The emoji are on their way.')}
    </p>
  );
}
