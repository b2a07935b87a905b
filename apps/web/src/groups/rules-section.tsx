import type { ConversationView, GroupStanding } from '@parlour/sdk/client';
import { Choice } from '../design/choice.tsx';
import { type Message, say } from '../language/say.ts';
import { useAct } from './use-act.ts';

type Props = { readonly view: ConversationView; readonly group: GroupStanding };
type GroupAct = keyof GroupStanding['permissions'];

/** What exists so far; each further act that can be kept to some is a line more. */
const rules: readonly { readonly act: GroupAct; readonly label: Message }[] = [
  { act: 'write', label: 'Who writes' },
  { act: 'add', label: 'Who adds people' },
  { act: 'remove', label: 'Who removes and bans' },
  { act: 'describe', label: 'Who changes name and description' },
];

/** What the owners settle: who may do what, and what newcomers see. */
export function RulesSection({ view, group }: Props) {
  const { act, problem } = useAct(view);
  return (
    <section className="details-section">
      <h2>{say('Rules')}</h2>
      <div className="group-rules">
        {rules.map(({ act: kept, label }) => (
          <Choice
            key={kept}
            label={say(label)}
            value={group.permissions[kept]}
            options={[
              { value: 'member', label: say('Everyone') },
              { value: 'admin', label: say('Admins') },
              { value: 'owner', label: say('Owners') },
            ]}
            onChoose={(role) => void act({ kind: 'rules', body: { permissions: { [kept]: role } } })}
          />
        ))}
        <Choice
          label={say('Newcomers see')}
          value={group.newcomersSee}
          options={[
            { value: 'joining', label: say('From joining on') },
            { value: 'all', label: say('Everything') },
          ]}
          onChoose={(newcomersSee) => void act({ kind: 'rules', body: { newcomersSee } })}
        />
        <p className="details-note">{say('What those who are here already see does not change.')}</p>
      </div>
      {problem !== null && (
        <p className="group-problem" role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}
