import { useEffect } from 'react';

/**
 * Holds the page to what is in sight while a keyboard covers a part of it. Chromium makes the page smaller by itself (`interactive-widget` in
 * index.html); other browsers of phones only say how much is still seen.
 */
export function useVisibleHeight(): void {
  useEffect(() => {
    const viewport = window.visualViewport;
    if (viewport == null) return;
    const { style } = document.documentElement;
    const hold = () => {
      const isCovered = Math.abs(viewport.scale - 1) < 0.01 && viewport.height < window.innerHeight - 1;
      if (isCovered) style.setProperty('--visible-height', `${Math.round(viewport.height)}px`);
      else style.removeProperty('--visible-height');
      // A browser that pushes the page up, to show where one writes, pushes the top of it out of sight.
      if (isCovered && window.scrollY !== 0) window.scrollTo(0, 0);
    };
    hold();
    viewport.addEventListener('resize', hold);
    return () => {
      viewport.removeEventListener('resize', hold);
      style.removeProperty('--visible-height');
    };
  }, []);
}
