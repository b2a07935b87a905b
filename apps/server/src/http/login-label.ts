import { limits } from '@parlour/core/limits';

const browsers: ReadonlyArray<readonly [pattern: RegExp, name: string]> = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\/|\bFxiOS\//, 'Firefox'],
  [/\bChrom(e|ium)\/|\bCriOS\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];
const systems: ReadonlyArray<readonly [pattern: RegExp, name: string]> = [
  [/\bAndroid\b/, 'Android'],
  [/\b(iPhone|iPad)\b/, 'iOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
];

/** What the list of logins calls one that gave itself no name. */
export function loginLabelOf(label: string | undefined, userAgent: string | undefined): string {
  if (label !== undefined && label !== '') return label;
  if (userAgent === undefined || userAgent === '') return 'Unknown program';
  const browser = browsers.find(([pattern]) => pattern.test(userAgent))?.[1];
  const system = systems.find(([pattern]) => pattern.test(userAgent))?.[1];
  const known = browser === undefined ? userAgent : system === undefined ? browser : `${browser} on ${system}`;
  return known.replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '').slice(0, limits.deviceLabelLengthMax);
}
