/** What was not measured, kept apart from what was. */
import { figure } from '../../figures';
import type { JetsonRun } from '../schema';
import { type Html, html } from './html';
import { table } from './table';
import { intervalText, NOT_MEASURED, shapeText, times, workloadTitle } from './words';

const BOARDS = { nano: 'Jetson Nano' } as const;

export function projectionSection({ projections = [] }: JetsonRun): Html | undefined {
  if (projections.length === 0) return undefined;
  return html`
<section class="projections" aria-labelledby="projections"><h2 id="projections">Projections for boards that are not at hand</h2>
<p>None of these figures was measured. They follow from facts about a board and from counts of the kernels’ instructions: a layer takes the longer of what its bytes and what its instructions need, and a convolution
runs at the rates known of the board. They are the least that a layer can take.</p>
${table(
  'Projections, not measurements',
  [
    { title: 'Workload' },
    { title: 'Kind', text: true },
    { title: 'Layer ms' },
    { title: 'Bound by', text: true },
    { title: 'Kernel', text: true },
    { title: 'Instructions an element' },
    { title: 'Convolution ms' },
    { title: 'Speed-up' },
  ],
  projections.map((projection) => [
    html`${workloadTitle(projection.id)}<small>${BOARDS[projection.board] ?? projection.board} ${projection.dtype} ${projection.layout}</small><small>${shapeText(projection.shape)}</small>`,
    html`<span class="badge">projection</span>`,
    figure(projection.subjectMs),
    projection.bound,
    html`<code>${projection.kernel}</code>`,
    figure(projection.instructionsPerElement),
    projection.baselineMs ? intervalText(projection.baselineMs) : NOT_MEASURED,
    projection.speedRatio ? intervalText(projection.speedRatio, times) : NOT_MEASURED,
  ]),
  'cards',
)}
</section>`;
}
