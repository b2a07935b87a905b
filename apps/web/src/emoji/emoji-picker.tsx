import { EmojiPicker as Picker, type SkinTone } from 'frimousse';
import { type KeyboardEvent as KeyPress, useMemo, useRef, useState } from 'react';
import { focusFirst } from '../design/focus-first.ts';
import { deviceMemory } from '../device/device-memory.ts';
import { isRightToLeft } from '../language/direction.ts';
import { say, sayKnown } from '../language/say.ts';
import { emojiData } from './emoji-data.ts';
import type { NamedEmoji } from './emoji-names.ts';
import './emoji-picker.css';
import { parseRecent, withRecent } from './recent-emoji.ts';

const recentKey = 'emoji.recent';
const toneKey = 'emoji.tone';
const tones = ['none', 'light', 'medium-light', 'medium', 'medium-dark', 'dark'] as const;
const columnCount = 8;

type Counted = { readonly 'aria-rowindex'?: number | undefined; readonly 'aria-colindex'?: number | undefined };

/** The library counts rows and columns from zero; a screen reader, from one. */
function fromOne<Props extends Counted>(props: Props): Props {
  const plusOne = (index: number | undefined) => (index === undefined ? undefined : index + 1);
  return { ...props, 'aria-rowindex': plusOne(props['aria-rowindex']), 'aria-colindex': plusOne(props['aria-colindex']) };
}

const otherWay: Readonly<Record<string, string>> = { ArrowLeft: 'ArrowRight', ArrowRight: 'ArrowLeft' };

/** The library takes the arrow to the left for the one back, which it is not where rows begin at the right. */
function turnArrow(event: KeyPress): void {
  const key = otherWay[event.key];
  if (key === undefined || !isRightToLeft() || !event.isTrusted || event.defaultPrevented) return;
  event.preventDefault();
  event.target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
}

const componentsFor = ({ isNamed }: NamedEmoji) => ({
  CategoryHeader: ({ category, ...props }: { category: { label: string } }) => (
    <div {...props} className="emoji-picker-group">
      {sayKnown(category.label)}
    </div>
  ),
  Row: (props: Counted) => <div {...fromOne(props)} className="emoji-picker-row" />,
  Emoji: ({ emoji, ...props }: Counted & { emoji: { emoji: string; label: string } }) => (
    <button type="button" {...fromOne(props)} className="emoji-picker-emoji" lang={langOf(emoji.emoji, isNamed)} title={emoji.label}>
      {emoji.emoji}
    </button>
  ),
});

/** A name in the language of the page needs no word of it. */
function langOf(emoji: string, isNamed: NamedEmoji['isNamed']): string | undefined {
  return isNamed(emoji) ? undefined : emojiData.locale;
}

/** Every emoji, found by name or by looking: arrows move among them, Enter takes one. */
export function EmojiPicker({ named, onPick }: { named: NamedEmoji; onPick: (emoji: string) => void }) {
  const components = useMemo(() => componentsFor(named), [named]);
  const [recent] = useState(() => parseRecent(deviceMemory.recall(recentKey)));
  const [tone, setTone] = useState<SkinTone>(() => tones.find((one) => one === deviceMemory.recall(toneKey)) ?? 'none');
  const pick = (emoji: string) => {
    deviceMemory.remember(recentKey, withRecent(recent, emoji));
    onPick(emoji);
  };
  const nextTone = () => {
    const next = tones[(tones.indexOf(tone) + 1) % tones.length] ?? 'none';
    deviceMemory.remember(toneKey, next);
    setTone(next);
  };
  const toneName = tone === 'none' ? say('Default') : sayKnown(emojiData.skinTones[tone]);
  return (
    <Picker.Root
      className="emoji-picker"
      columns={columnCount}
      skinTone={tone}
      locale={named.data.locale}
      resolveEmojiData={() => named.data}
      onEmojiSelect={({ emoji }) => pick(emoji)}
      onKeyDown={turnArrow}
    >
      <div className="emoji-picker-top">
        <Picker.Search
          type="text"
          className="emoji-picker-search"
          placeholder={say('Find an emoji')}
          aria-label={say('Find an emoji')}
          {...focusFirst}
        />
        <button
          type="button"
          className="emoji-picker-emoji"
          aria-label={say('Skin tone: {tone}', { tone: toneName })}
          title={say('Skin tone: {tone}', { tone: toneName })}
          onClick={nextTone}
        >
          {handOf(tone)}
        </button>
      </div>
      {recent.length > 0 && <Recent recent={recent} named={named} onPick={pick} />}
      <Picker.Viewport className="emoji-picker-view" tabIndex={0} aria-label={say('Emoji')}>
        <Picker.Empty className="emoji-picker-none">{say('No emoji has that name.')}</Picker.Empty>
        <Picker.List components={components} />
      </Picker.Viewport>
      <Picker.ActiveEmoji>
        {({ emoji }) => (
          <p className="emoji-picker-name" lang={emoji && langOf(emoji.emoji, named.isNamed)} aria-hidden="true">
            {emoji?.label ?? ''}
          </p>
        )}
      </Picker.ActiveEmoji>
    </Picker.Root>
  );
}

function handOf(tone: SkinTone): string {
  const hand = emojiData.emojis.find(({ emoji }) => emoji.startsWith('✋'));
  return tone === 'none' ? '✋' : (hand?.skins?.[tone] ?? '✋');
}

type RecentProps = { recent: readonly string[]; named: NamedEmoji; onPick: (emoji: string) => void };

/** One stop of the Tab key; arrows move within. */
function Recent({ recent, named, onPick }: RecentProps) {
  const group = useRef<HTMLFieldSetElement>(null);
  const [current, setCurrent] = useState(0);
  const onKeyDown = (event: KeyPress) => {
    if (!(event.key in otherWay)) return;
    const step = (event.key === 'ArrowLeft') === isRightToLeft() ? 1 : -1;
    event.preventDefault();
    const next = (current + step + recent.length) % recent.length;
    setCurrent(next);
    group.current?.querySelectorAll('button')[next]?.focus();
  };
  return (
    <fieldset ref={group} className="emoji-picker-recent" onKeyDown={onKeyDown}>
      <legend className="emoji-picker-group">{say('Used last')}</legend>
      <div className="emoji-picker-row">
        {recent.map((emoji, index) => (
          <button
            key={emoji}
            type="button"
            className="emoji-picker-emoji"
            aria-label={nameOf(emoji, named)}
            title={nameOf(emoji, named)}
            tabIndex={index === current ? 0 : -1}
            onClick={() => onPick(emoji)}
          >
            {emoji}
          </button>
        ))}
      </div>
    </fieldset>
  );
}

function nameOf(used: string, { data }: NamedEmoji): string {
  const found = data.emojis.find(({ emoji, skins }) => emoji === used || Object.values(skins ?? {}).includes(used));
  return found?.label ?? used;
}
