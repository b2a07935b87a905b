import { expect, test } from 'vitest';
import { LateModule } from './late-module.ts';

test('a part that comes late is loaded once, however often it is wanted', async () => {
  let loads = 0;
  const late = new LateModule(async () => ({ number: ++loads }));
  const told: (number | undefined)[] = [];
  late.subscribe(() => told.push(late.get().module?.number));
  expect(late.get()).toEqual({ module: null, failed: false });
  await Promise.all([late.want(), late.want()]);
  await late.want();
  expect(late.get()).toEqual({ module: { number: 1 }, failed: false });
  expect(told).toEqual([1]);
});

test('a part that could not be had says so, and comes when it is wanted again', async () => {
  const answers = [() => Promise.reject(new Error('no network')), () => Promise.resolve('here')];
  const late = new LateModule(() => (answers.shift() as () => Promise<string>)());
  await late.want();
  expect(late.get()).toEqual({ module: null, failed: true });
  await late.want();
  expect(late.get()).toEqual({ module: 'here', failed: false });
});
