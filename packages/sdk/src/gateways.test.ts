import { expect, test } from 'vitest';
import { Gateways } from './gateways.ts';

const home = 'https://chat.example';
const socketAt = (url: string) => `${url.replace('http', 'ws')}/v1/socket`;

async function chosen(gateways: Gateways, count: number): Promise<string[]> {
  const urls = [];
  for (let attempt = 0; attempt < count; attempt++) {
    await gateways.choose();
    urls.push(gateways.socketUrl);
  }
  return urls;
}

test('[SDK-34] the list is gone through, at last the address that was given, and then it is asked for again', async () => {
  const lists = [['https://a.example', 'https://b.example'], ['https://b.example']];
  const gateways = new Gateways(home, async () => lists.shift() ?? []);
  const expected = ['https://a.example', 'https://b.example', home, 'https://b.example', home];
  expect(await chosen(gateways, 5)).toEqual(expected.map(socketAt));
  // Nobody can be asked any more.
  expect(await chosen(gateways, 2)).toEqual(['https://b.example', home].map(socketAt));
});

test('[SDK-34] once it worked the list is asked for anew', async () => {
  const lists = [['https://a.example', 'https://b.example'], ['https://c.example']];
  const gateways = new Gateways(home, async () => lists.shift() ?? []);
  expect(await chosen(gateways, 1)).toEqual([socketAt('https://a.example')]);
  gateways.arrived();
  expect(await chosen(gateways, 1)).toEqual([socketAt('https://c.example')]);
});

test('[SDK-34] where the server has no list, or is the best itself, the address that was given is taken', async () => {
  expect(await chosen(new Gateways(home, async () => []), 2)).toEqual([home, home].map(socketAt));
  expect(await chosen(new Gateways(home, null), 2)).toEqual([home, home].map(socketAt));
  const itself = new Gateways(home, async () => [home, 'https://a.example']);
  expect(await chosen(itself, 2)).toEqual([home, 'https://a.example'].map(socketAt));
});
