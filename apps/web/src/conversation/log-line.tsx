import type { Act, TimelineItem } from '@parlour/sdk/client';
import type { PersonId } from '@parlour/sdk-react/ids';
import type { ReactNode } from 'react';
import { say, sayWith } from '../language/say.ts';
import { PersonName } from './person-name.tsx';

type LineItem = Exclude<TimelineItem, { kind: 'message' }>;

/** What happened without being said. */
export function LogLine({ item }: { item: LineItem }): ReactNode {
  switch (item.kind) {
    case 'create':
      if (item.title === null) return say('This is where it begins');
      return sayWith('{author} began the group {title}', { author: <PersonName id={item.author} />, title: <bdi>{item.title}</bdi> });
    case 'add':
      return <ActLine author={item.author} act={{ kind: 'add', body: { person: item.person, role: 'member' } }} />;
    case 'remove':
      return <ActLine author={item.author} act={{ kind: 'remove', body: { person: item.person, ban: item.ban || undefined } }} />;
    case 'role':
    case 'pardon':
    case 'describe':
    case 'rules':
      return <ActLine author={item.author} act={{ kind: item.kind, body: item } as Act} />;
    case 'notice':
      return <bdi>{item.text}</bdi>;
    case 'erased':
      return say('This message was deleted');
    case 'unknown':
      return null;
  }
}

const roleWords = {
  owner: '{author} made {name} an owner',
  admin: '{author} made {name} an admin',
  member: '{author} made {name} a member',
} as const;

/** Something done to the group, as it is told to whoever reads. */
export function ActLine({ author, act }: { author: PersonId; act: Act }): ReactNode {
  const by = { author: <PersonName id={author} /> };
  switch (act.kind) {
    case 'add': {
      const name = <PersonName id={act.body.person} />;
      return act.body.person === author ? sayWith('{name} joined', { name }) : sayWith('{author} added {name}', { ...by, name });
    }
    case 'remove': {
      const { person, ban } = act.body;
      const name = <PersonName id={person} />;
      if (person === author) return sayWith('{name} left', { name });
      return ban ? sayWith('{author} banned {name}', { ...by, name }) : sayWith('{author} removed {name}', { ...by, name });
    }
    case 'role':
      return sayWith(roleWords[act.body.role], { ...by, name: <PersonName id={act.body.person} /> });
    case 'pardon':
      return sayWith('{author} pardoned {name}', { ...by, name: <PersonName id={act.body.person} /> });
    case 'describe': {
      const { title, about } = act.body;
      if (title !== undefined) return sayWith('{author} named the group {title}', { ...by, title: <bdi>{title}</bdi> });
      return about === undefined ? sayWith('{author} chose another colour', by) : sayWith('{author} changed what the group is about', by);
    }
    case 'rules':
      if (act.body.newcomersSee === 'all') return sayWith('{author} lets newcomers see what was said before', by);
      if (act.body.newcomersSee === 'joining') return sayWith('{author} lets newcomers see what comes after them', by);
      return sayWith('{author} changed who may do what', by);
  }
}
