import { useMemo } from 'react';
import { encode } from 'uqr';

/** A picture that a phone's camera reads as this text. Dark on light in every theme, as not every camera reads the other way round. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const { path, size } = useMemo(() => draw(text), [text]);
  return (
    <svg className="qr-code" role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`} shapeRendering="crispEdges">
      <path d={path} />
    </svg>
  );
}

const quietModules = 2;

function draw(text: string): { readonly path: string; readonly size: number } {
  const { data } = encode(text, { ecc: 'M', border: quietModules });
  const runs = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])));
  return { path: runs.join(''), size: data.length };
}
