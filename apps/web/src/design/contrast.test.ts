import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

type Oklch = readonly [lightness: number, chroma: number, hue: number];
type Theme = 'light' | 'dark';
const themes: readonly Theme[] = ['light', 'dark'];

const number = '([\\d.]+)';
const oklch = `oklch\\(${number} ${number} ${number}\\)`;
const token = new RegExp(`--([\\w-]+): light-dark\\(${oklch}, ${oklch}\\);`, 'g');

function readTokens(): Map<string, Record<Theme, Oklch>> {
  const text = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8');
  const read = ([, name = '', ...parts]: RegExpMatchArray) => {
    const [l = 0, c = 0, h = 0, darkL = 0, darkC = 0, darkH = 0] = parts.map(Number);
    return [name, { light: [l, c, h] as const, dark: [darkL, darkC, darkH] as const }] as const;
  };
  return new Map([...text.matchAll(token)].map(read));
}

/** Linear light of the screen's red, green and blue (CSS Color 4, section 9.4), held within what a screen can show. */
function linearRgb([lightness, chroma, hue]: Oklch): readonly number[] {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const rgb = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return rgb.map((value) => Math.min(1, Math.max(0, value)));
}

function luminance(colour: Oklch): number {
  const [red = 0, green = 0, blue = 0] = linearRgb(colour);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** As WCAG 2.2 defines it. */
function contrast(one: Oklch, other: Oklch): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const tokens = readTokens();

function colourOf(name: string, theme: Theme): Oklch {
  const colour = tokens.get(name)?.[theme];
  if (colour === undefined) throw new Error(`tokens.css has no colour --${name}`);
  return colour;
}

const grounds = ['canvas', 'surface', 'sunken'];
const texts: readonly (readonly [ink: string, ground: string])[] = [
  ...['ink', 'ink-2', 'ink-3', 'moss', 'persimmon', 'danger'].flatMap((ink) => grounds.map((ground) => [ink, ground] as const)),
  ['on-moss', 'moss'],
  ['on-persimmon', 'persimmon'],
  ['own-ink', 'own'],
  ['moss', 'own'],
];

test('contrast is measured as the standard does', () => {
  expect(contrast([1, 0, 0], [0, 0, 0])).toBeCloseTo(21, 5);
  // #767676 on white, the grey that just passes.
  expect(contrast([0.5665, 0, 0], [1, 0, 0])).toBeCloseTo(4.54, 1);
});

test('every colour of the tokens is measured', () => {
  const measured = new Set([...texts.flat(), 'line']);
  expect([...tokens.keys()].filter((name) => !measured.has(name))).toEqual([]);
  expect(tokens.size).toBeGreaterThan(12);
});

describe.each(themes)('[X-43] in the %s', (theme) => {
  test.each(texts)('%s is read on %s at 4.5:1 or more', (ink, ground) => {
    expect(contrast(colourOf(ink, theme), colourOf(ground, theme))).toBeGreaterThanOrEqual(4.5);
  });

  test.each(grounds)('what acts and what is new are told from %s at 3:1 or more', (ground) => {
    for (const mark of ['moss', 'persimmon', 'danger'])
      expect(contrast(colourOf(mark, theme), colourOf(ground, theme))).toBeGreaterThanOrEqual(3);
  });

  test('the letters of a person of any hue are read on their colour', () => {
    const ink = theme === 'light' ? [0.4, 0.09] : [0.9, 0.09];
    const back = theme === 'light' ? [0.885, 0.045] : [0.37, 0.045];
    for (let hue = 0; hue < 360; hue += 5) {
      const [l = 0, c = 0] = ink;
      const [backL = 0, backC = 0] = back;
      expect(contrast([l, c, hue], [backL, backC, hue])).toBeGreaterThanOrEqual(4.5);
      for (const ground of grounds) expect(contrast([l, c, hue], colourOf(ground, theme))).toBeGreaterThanOrEqual(4.5);
    }
  });
});
