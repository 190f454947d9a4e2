// What happened, fact by fact, the latest first.
import { exactTime } from '../model/format.js';
import { factWords } from '../model/fact-words.js';
import { Empty, LevelMark, Panel, TaskLink } from './parts.js';
import { useStore } from './use-store.js';

const ROWS_MAX = 80;

export function LogPanel() {
  const { model } = useStore().follower;
  const facts = model.facts.slice(-ROWS_MAX).reverse();
  return (
    <Panel id="log" title="Facts" class="log" note="as they come">
      <div class="scroll" tabIndex={0} role="region" aria-label="Facts of the lane">
        {facts.length === 0 ? <Empty title="Nothing has happened since this page was opened." /> : null}
        <ol class="facts">
          {facts.map((fact) => {
            const { event, detail, task_id } = factWords(fact);
            const task = task_id === null ? undefined : 'task' in fact ? fact.task : model.find(task_id);
            return (
              <li key={`${fact.log}-${fact.seq}`}>
                <span class="mono soft fact-at">{exactTime(fact.at)}</span>
                <span class="fact-event">{event}</span>
                {task === undefined || task_id === null ? null : (
                  <>
                    <LevelMark priority={task.priority} bare />
                    <TaskLink lane={model.lane} task_id={task_id}>
                      {task.name}
                    </TaskLink>
                  </>
                )}
                <span class="soft">{detail}</span>
              </li>
            );
          })}
        </ol>
      </div>
    </Panel>
  );
}
