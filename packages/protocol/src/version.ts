/** Versions of the wire this code speaks, best first. A version changes when an old client could misread what is sent. */
export const protocolVersions = [1] as const;
export type ProtocolVersion = (typeof protocolVersions)[number];

/** Hello offers versions; the greatest that both speak is taken. */
export function chooseVersion(offered: readonly number[]): ProtocolVersion | null {
  return protocolVersions.find((version) => offered.includes(version)) ?? null;
}
