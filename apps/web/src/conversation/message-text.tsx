import { memo } from 'react';
import { findLinks } from '../text/links.ts';

/** A person's own words: never markup, each address a link, each direction its own. */
export const MessageText = memo(function MessageText({ text }: { text: string }) {
  let offset = 0;
  return (
    <span className="message-text" dir="auto">
      {findLinks(text).map((piece) => {
        const key = offset;
        offset += piece.text.length;
        return 'href' in piece ? (
          <a key={key} href={piece.href} target="_blank" rel="noopener noreferrer nofollow">
            {piece.text}
          </a>
        ) : (
          piece.text
        );
      })}
    </span>
  );
});
