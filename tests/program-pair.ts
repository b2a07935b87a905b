import { ProgramPerson } from './program-person.ts';

let pairs = 0;

/** Two people with accounts; Mara, by a program, has written that to Ana, whose handle is there to log in with. */
export async function makePair(url: string, texts: readonly string[]) {
  pairs += 1;
  const names = { ana: `Ana Field ${pairs}`, mara: `Mara Lind ${pairs}`, anaHandle: `ana.${pairs}x`, maraHandle: `mara.${pairs}x` };
  const ana = await ProgramPerson.register(url, { name: names.ana, handle: names.anaHandle });
  const mara = await ProgramPerson.register(url, { name: names.mara, handle: names.maraHandle });
  await mara.say(names.anaHandle, texts);
  return { names, mara, [Symbol.asyncDispose]: async () => void (await Promise.all([ana.client.close(), mara.client.close()])) };
}
