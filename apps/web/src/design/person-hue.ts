/** The colour of a person or a group, as a hue in degrees: the same for the same id, everywhere. */
export function personHue(id: string): number {
  let hash = 2166136261;
  for (let index = 0; index < id.length; index += 1) hash = Math.imul(hash ^ id.charCodeAt(index), 16777619);
  return (hash >>> 8) % 360;
}
