import type { ConversationView } from '@parlour/sdk/client';
import { isRefused } from '@parlour/sdk-react/refusal';
import { useDraft } from '@parlour/sdk-react/use-conversation';
import ArrowUp from 'lucide-react/icons/arrow-up';
import { type KeyboardEvent, type Ref, useCallback, useEffect, useImperativeHandle, useRef, useState } from 'react';
import { EmojiButton } from '../emoji/emoji-button.tsx';
import { say } from '../language/say.ts';
import { presentRefusal } from '../text/sentence.ts';
import './composer.css';

export type ComposerHandle = { focus(): void };

type Props = {
  ref: Ref<ComposerHandle>;
  view: ConversationView;
  name: string;
  onSent: () => void;
  onEscape: () => void;
};

/** Where one writes. It belongs to one conversation for as long as it stands, so a message cannot go elsewhere. */
export function Composer({ ref, view, name, onSent, onEscape }: Props) {
  const draft = useDraft(view);
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState(draft ?? '');
  const [problem, setProblem] = useState<string | null>(null);
  const isEmpty = text.trim() === '';
  const wroteAt = useRef(Number.NEGATIVE_INFINITY);
  useForeignDraft({ draft, text, setText, wroteAt });
  useImperativeHandle(ref, () => ({ focus: () => field.current?.focus() }), []);

  const write = (written: string) => {
    wroteAt.current = performance.now();
    setText(written);
    setProblem(null);
    view.setDraft(written);
    if (written !== '') view.typing();
  };

  const send = async () => {
    if (isEmpty) return;
    write('');
    field.current?.focus();
    const sending = view.send(text.trim());
    onSent();
    const sent = await sending;
    if (!isRefused(sent)) return;
    // What could not be kept goes back to where it can be seen, before whatever was begun meanwhile.
    setText((begun) => {
      const restored = begun === '' ? text : `${text}\n${begun}`;
      view.setDraft(restored);
      return restored;
    });
    setProblem(presentRefusal(sent));
  };

  /** At the caret, in place of what is selected; the field tells of it as of any other input. */
  const insert = (words: string) => {
    const element = field.current;
    if (element === null) return;
    element.setRangeText(words, element.selectionStart, element.selectionEnd, 'end');
    element.dispatchEvent(new Event('input', { bubbles: true }));
  };
  const giveFocusBack = useCallback(() => field.current?.focus(), []);

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // While an input method composes, Enter and Escape belong to it; 229 is how some of them say so.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (event.key === 'Escape') onEscape();
    if (event.key !== 'Enter' || event.shiftKey) return;
    event.preventDefault();
    void send();
  };

  return (
    <form
      className="composer"
      aria-label={say('Write a message')}
      data-region
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <div className="composer-column">
        {problem !== null && (
          <p className="composer-problem" role="alert">
            {problem}
          </p>
        )}
        <div className="composer-box">
          <textarea
            ref={field}
            rows={1}
            value={text}
            placeholder={say('Write to {name}', { name })}
            aria-label={say('Write to {name}', { name })}
            enterKeyHint="send"
            onChange={(event) => write(event.target.value)}
            onKeyDown={onKeyDown}
          />
          <EmojiButton onPick={insert} onDone={giveFocusBack} />
          <button type="submit" className="composer-send" aria-label={say('Send')} disabled={isEmpty}>
            <ArrowUp size={20} strokeWidth={1.75} aria-hidden="true" />
          </button>
        </div>
      </div>
    </form>
  );
}

/** Whoever wrote so lately is still at it. */
const writingMs = 10_000;

type Drafting = {
  draft: string | null;
  text: string;
  setText: (text: string) => void;
  wroteAt: { readonly current: number };
};

/**
 * A draft that another device or tab changed replaces what stands here, as long as nobody wrote here since the last one came. What someone is
 * just writing stays, though it was kept as a draft before the other came: it would be gone under their hands, and Enter would send nothing.
 */
function useForeignDraft({ draft, text, setText, wroteAt }: Drafting) {
  const known = useRef(draft ?? '');
  useEffect(() => {
    const newest = draft ?? '';
    if (newest === known.current) return;
    const isBeingWritten = text !== '' && performance.now() - wroteAt.current < writingMs;
    if (text === known.current && !isBeingWritten) setText(newest);
    known.current = newest;
  }, [draft, text, setText, wroteAt]);
}
