import { CodeCell } from '@jupyterlab/cells';
import { OutputAreaModel } from '@jupyterlab/outputarea';
import { JSONObject } from '@lumino/coreutils';
import { Widget } from '@lumino/widgets';

import { Execution } from './protocol';

/** The outputs that an execution's messages make. */
export function outputs(execution: Execution): JSONObject[] {
  const model = new OutputAreaModel({ trusted: true });
  for (const { msg_type, content } of execution.messages) {
    if (msg_type === 'clear_output') {
      model.clear(content.wait === true);
    } else {
      model.add({ ...content, output_type: msg_type });
    }
  }
  const outputs = model.toJSON() as unknown as JSONObject[];
  model.dispose();
  return outputs;
}

/** Show that a cell's execution has ended. */
export function settle(cell: CodeCell, reply: JSONObject | undefined): void {
  const number = count(reply);
  if (number !== null && reply?.status !== 'aborted') {
    cell.model.executionCount = number;
  }
  cell.model.executionState = 'idle';
}

/** The execution count of a reply. */
export function count(reply: JSONObject | undefined): number | null {
  return typeof reply?.execution_count === 'number' ? reply.execution_count : null;
}

/** The fields of a cell that wait for input; one that was answered here disposes of itself. */
export function inputs(cell: CodeCell): Widget[] {
  return cell.outputArea.widgets.filter(
    widget => widget.hasClass('jp-OutputArea-stdin-item') && !widget.hasClass('jp-OutputArea-stdin-hiding')
  );
}
