import { memo, useMemo } from 'react';
import { type Block, parsePlain, type Span } from '../text/markup.ts';
import { useMarkup } from '../text/use-markup.ts';
import './message-text.css';

/** A person's own words: elements made of what they wrote, never markup; each address a link, each block its own direction. */
export const MessageText = memo(function MessageText({ text }: { text: string }) {
  const parse = useMarkup() ?? parsePlain;
  const blocks = useMemo(() => parse(text), [parse, text]);
  const [only] = blocks;
  if (blocks.length === 1 && only?.kind === 'paragraph')
    return (
      <span className="message-text" dir="auto">
        <Spans spans={only.spans} />
      </span>
    );
  return (
    <div className="message-text">
      <Blocks blocks={blocks} lastInline />
    </div>
  );
});

/** @param lastInline what follows stands in the last line, where that is a line of text */
function Blocks({ blocks, lastInline = false }: { blocks: readonly Block[]; lastInline?: boolean }) {
  return blocks.map((block, index) => {
    const gap = blocks[index + 1]?.gap ?? 0;
    const isInline = lastInline && index === blocks.length - 1 && block.kind === 'paragraph';
    // biome-ignore lint/suspicious/noArrayIndexKey: a text never changes its blocks
    return <BlockElement key={index} block={block} gap={gap} isInline={isInline} />;
  });
}

function BlockElement({ block, gap, isInline }: { block: Block; gap: number; isInline: boolean }) {
  const style = gap === 0 ? undefined : { marginBlockEnd: `calc(${gap} * var(--line-height))` };
  switch (block.kind) {
    case 'paragraph': {
      const Element = isInline ? 'span' : 'p';
      return (
        <Element dir="auto" style={style}>
          <Spans spans={block.spans} />
        </Element>
      );
    }
    case 'code':
      return (
        <pre className="message-code" dir="auto" style={style}>
          {block.language !== null && <span className="message-code-language">{block.language}</span>}
          <code>{block.text}</code>
        </pre>
      );
    case 'quote':
      return (
        <blockquote className="message-blockquote" dir="auto" style={style}>
          <Blocks blocks={block.blocks} />
        </blockquote>
      );
    case 'list': {
      const items = block.items.map((item, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a text never changes its items
        <li key={index}>
          <Blocks blocks={item} />
        </li>
      ));
      return block.start === null ? (
        <ul dir="auto" style={style}>
          {items}
        </ul>
      ) : (
        <ol dir="auto" start={block.start} style={style}>
          {items}
        </ol>
      );
    }
  }
}

function Spans({ spans }: { spans: readonly Span[] }) {
  return spans.map((span, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: a text never changes its spans
    span.kind === 'text' ? span.text : <SpanElement key={index} span={span} />,
  );
}

function SpanElement({ span }: { span: Exclude<Span, { kind: 'text' }> }) {
  switch (span.kind) {
    case 'code':
      return <code className="message-code-inline">{span.text}</code>;
    case 'strong':
      return (
        <strong>
          <Spans spans={span.spans} />
        </strong>
      );
    case 'emphasis':
      return (
        <em>
          <Spans spans={span.spans} />
        </em>
      );
    case 'strike':
      return (
        <s>
          <Spans spans={span.spans} />
        </s>
      );
    case 'link':
      return (
        <a href={span.href} target="_blank" rel="noopener noreferrer nofollow">
          <Spans spans={span.spans} />
        </a>
      );
  }
}
