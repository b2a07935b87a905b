import { costOf, type Growing, type GrowthPoint } from '../bench/growth.ts';

const panels: Readonly<Record<Growing, { readonly title: string; readonly isLog: boolean }>> = {
  stored: { title: 'messages stored before', isLog: false },
  devices: { title: 'devices of each of two people', isLog: false },
  nodes: { title: 'servers', isLog: false },
  online: { title: 'members, all of them there', isLog: true },
  members: { title: 'members, 100 of them there', isLog: false },
};
const stores = { SQLite: { colour: 'moss', mark: 'circle' }, PostgreSQL: { colour: 'persimmon', mark: 'square' } } as const;

const size = { width: 250, height: 190, left: 44, right: 14, top: 30, bottom: 26 };
const perRow = 3;
const headPx = 40;

const style = `
  text { font: 12px system-ui, sans-serif; fill: #4b4239 }
  .title { font-weight: 600 }
  .end { text-anchor: end } .mid { text-anchor: middle }
  .grid { stroke: #d9d2c8; stroke-width: 1 }
  .line { fill: none; stroke-width: 2 }
  .moss { stroke: #4a5d2a } .moss-fill { fill: #4a5d2a }
  .persimmon { stroke: #b8481d } .persimmon-fill { fill: #b8481d }
  @media (prefers-color-scheme: dark) {
    text { fill: #cfc6ba } .grid { stroke: #4a443d }
    .moss { stroke: #b6cc8e } .moss-fill { fill: #b6cc8e }
    .persimmon { stroke: #ee9463 } .persimmon-fill { fill: #ee9463 }
  }`;

const px = (value: number): string => String(Math.round(value * 10) / 10);

/** Whole steps of 1, 2 or 5 times a power of ten, some four of them. */
function linearTicks(most: number): number[] {
  const power = 10 ** Math.floor(Math.log10(most / 4));
  const step = power * ([1, 2, 5, 10].find((each) => most / (each * power) <= 5) ?? 10);
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, index) => index * step);
}

function logTicks(least: number, most: number): number[] {
  const [from, until] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
  return Array.from({ length: until - from + 1 }, (_, index) => 10 ** (from + index));
}

const shortly = (count: number): string => (count >= 1e6 ? `${count / 1e6}m` : count >= 1e3 ? `${count / 1e3}k` : String(count));

function panel(growing: Growing, points: readonly GrowthPoint[], index: number): string {
  const { title, isLog } = panels[growing];
  const origin = { x: (index % perRow) * size.width, y: headPx + Math.floor(index / perRow) * size.height };
  const own = points.filter((point) => point.growing === growing);
  const costs = own.map(costOf);
  const ticks = isLog ? logTicks(Math.min(...costs), Math.max(...costs)) : linearTicks(Math.max(...costs));
  const scale = isLog ? Math.log10 : (value: number) => value;
  const [lowest, highest] = [scale(ticks[0] as number), scale(ticks.at(-1) as number)];
  const inner = { width: size.width - size.left - size.right, height: size.height - size.top - size.bottom };
  const y = (cost: number) => origin.y + size.top + inner.height * (1 - (scale(cost) - lowest) / (highest - lowest));
  // One step is as wide as the next, whether it adds or multiplies.
  const counts = [...new Set(own.map(({ count }) => count))].sort((one, other) => one - other);
  const x = (count: number) => origin.x + size.left + (inner.width * counts.indexOf(count)) / Math.max(1, counts.length - 1);
  const grid = ticks.map(
    (tick) =>
      `<line class="grid" x1="${px(origin.x + size.left)}" x2="${px(origin.x + size.width - size.right)}" y1="${px(y(tick))}" y2="${px(y(tick))}"/>` +
      `<text class="end" x="${px(origin.x + size.left - 6)}" y="${px(y(tick) + 4)}">${shortly(tick)}</text>`,
  );
  const steps = counts.map(
    (count) => `<text class="mid" x="${px(x(count))}" y="${px(origin.y + size.height - size.bottom + 16)}">${shortly(count)}</text>`,
  );
  const lines = Object.entries(stores).map(([store, { colour, mark }]) => {
    const of = own.filter((point) => point.store === store);
    const path = of.map((point, at) => `${at === 0 ? 'M' : 'L'}${px(x(point.count))} ${px(y(costOf(point)))}`).join('');
    const marks = of.map((point) => marker(mark, colour, x(point.count), y(costOf(point))));
    return of.length === 0 ? '' : `<path class="line ${colour}" d="${path}"/>${marks.join('')}`;
  });
  const heading = `<text class="title" x="${px(origin.x + size.left)}" y="${px(origin.y + 16)}">${title}</text>`;
  return [heading, ...grid, ...steps, ...lines].join('\n');
}

function marker(mark: 'circle' | 'square', colour: string, x: number, y: number): string {
  return mark === 'circle'
    ? `<circle class="${colour}-fill" cx="${px(x)}" cy="${px(y)}" r="4"/>`
    : `<rect class="${colour}-fill" x="${px(x - 3.5)}" y="${px(y - 3.5)}" width="7" height="7"/>`;
}

/** What a message costs as each of these grows, as a picture (SVG) for pages in light and dark. */
export function scalePlot(points: readonly GrowthPoint[]): string {
  const shown = (Object.keys(panels) as Growing[]).filter((growing) => points.some((point) => point.growing === growing));
  const legend = Object.entries(stores).map(
    ([store, { colour, mark }], index) =>
      `${marker(mark, colour, size.left + 6 + index * 110, 16)}<text x="${size.left + 18 + index * 110}" y="20">${store}</text>`,
  );
  const height = headPx + Math.ceil(shown.length / perRow) * size.height;
  const width = perRow * size.width;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="CPU of a message, in microseconds, as more is stored, more people and devices are there, and more servers">
<style>${style}
</style>
${legend.join('\n')}
<text class="end" x="${width - size.right}" y="20">CPU of a message, µs</text>
${shown.map((growing, index) => panel(growing, points, index)).join('\n')}
</svg>
`;
}
