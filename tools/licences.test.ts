import { expect, test } from 'vitest';
import { isPermissive, shippedLicences } from './licences.ts';

test('everything that ships is under a permissive licence', () => {
  const shipped = shippedLicences();
  expect(shipped.length).toBeGreaterThan(10);
  expect(shipped.filter(({ licence }) => !isPermissive(licence))).toEqual([]);
});

test.each(['MIT', '(MIT OR GPL-3.0-only)', 'MIT AND ISC', 'Apache-2.0 OR LGPL-2.1-only'])('%s is permissive', (expression) => {
  expect(isPermissive(expression)).toBe(true);
});

test.each(['GPL-3.0-only', 'AGPL-3.0', 'MIT AND LGPL-3.0-only', 'SEE LICENSE IN LICENSE', 'none stated', ''])('%s is not', (expression) => {
  expect(isPermissive(expression)).toBe(false);
});
