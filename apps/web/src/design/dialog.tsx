import { type ReactNode, useLayoutEffect, useRef } from 'react';
import './dialog.css';

type Props = {
  readonly label: string;
  /** It was closed: by Escape, by a press beside it, or by what is in it. */
  readonly onClose: () => void;
  readonly className?: string;
  readonly children: ReactNode;
};

/** Lies over the page for as long as it stands, holds the focus, and gives it back to where it was. */
export function Dialog({ label, onClose, className = '', children }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  // Before it goes from the page, as what is gone already cannot give the focus back.
  useLayoutEffect(() => {
    const dialog = element.current;
    if (dialog !== null && !dialog.open) dialog.showModal();
    return () => dialog?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a press beside it is a second way out; Escape is the first
    <dialog
      ref={element}
      className={`dialog ${className}`}
      aria-label={label}
      // At once: told after it was closed, a key pressed between would meet what is no longer seen.
      onCancel={(event) => {
        if (event.target !== event.currentTarget) return;
        event.preventDefault();
        onClose();
      }}
      // Not every browser asks each time. Closing because it is no longer shown is nobody's wish.
      onClose={({ currentTarget }) => currentTarget.isConnected && !currentTarget.open && onClose()}
      onClick={(event) => event.target === event.currentTarget && onClose()}
    >
      <div className="dialog-inside">{children}</div>
    </dialog>
  );
}
