import './mark.css';

/** A letter that is a bubble, with the one persimmon in it. public/favicon.svg is the same drawing in a frame. */
export const bubbleOfMark = 'M8 14.2a8.7 8.7 0 1 1 8.7 8.7h-3.2v1.6a2.75 2.75 0 0 1-5.5 0z';

/** The name of the place beside its mark. */
export function NameMark() {
  return (
    <p className="name-mark">
      <svg aria-hidden="true" width="34" height="34" viewBox="0 0 32 32">
        <rect width="32" height="32" rx="11" fill="var(--moss)" />
        <path d={bubbleOfMark} fill="var(--on-moss)" />
        <circle cx="16.7" cy="14.2" r="3.6" fill="oklch(0.55 0.17 38)" />
      </svg>
      Parlour
    </p>
  );
}
