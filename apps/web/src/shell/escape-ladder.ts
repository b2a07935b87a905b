import { useEffect, useRef } from 'react';

/** What Escape leads out of, the nearest first: something laid over the page, a reply begun, a part of the page opened beside or over another, the past. */
const rungs = ['popup', 'reply', 'panel', 'present'] as const;
export type Rung = (typeof rungs)[number];

type Step = { readonly rung: Rung; readonly take: () => void };

/** Of all that Escape could mean now, what it means: the nearest rung, and on it what came last. */
export function nearestStep(steps: readonly Step[]): Step | null {
  for (const rung of rungs) {
    const step = steps.findLast((one) => one.rung === rung);
    if (step !== undefined) return step;
  }
  return null;
}

const steps: Step[] = [];

function onKeyDown(event: KeyboardEvent): void {
  // 229 is how some input methods say that the key is theirs.
  if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
  // What lies over the page is the nearest of all, and the browser closes it by itself.
  if (document.querySelector('dialog[open], :popover-open') !== null) return;
  const step = nearestStep(steps);
  if (step === null) return;
  event.preventDefault();
  step.take();
}

/** While `active`, Escape does this, from anywhere on the page, unless something nearer has it. */
export function useEscape(rung: Rung, take: () => void, active = true): void {
  const newest = useRef(take);
  newest.current = take;
  useEffect(() => {
    if (!active) return;
    const step = { rung, take: () => newest.current() };
    if (steps.length === 0) window.addEventListener('keydown', onKeyDown);
    steps.push(step);
    return () => {
      steps.splice(steps.indexOf(step), 1);
      if (steps.length === 0) window.removeEventListener('keydown', onKeyDown);
    };
  }, [rung, active]);
}
