import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';

import { NotebookOutputs } from './outputs';

/** Every notebook of a Go kernel gets back the outputs that no page was there to receive. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: 'curious-outputs:plugin',
  description: 'Fills in the outputs that a notebook missed while it was not open.',
  autoStart: true,
  requires: [INotebookTracker],
  activate: (app: JupyterFrontEnd, tracker: INotebookTracker) => {
    // A second view of a notebook shares its model: one of them is enough.
    const followed = new WeakSet<NotebookPanel['context']>();
    const follow = (panel: NotebookPanel) => {
      const context = panel.context;
      if (followed.has(context)) {
        return;
      }
      followed.add(context);
      const outputs = new NotebookOutputs(panel, app.serviceManager.contents);
      panel.disposed.connect(() => {
        followed.delete(context);
        outputs.dispose();
      });
    };
    tracker.forEach(follow);
    tracker.widgetAdded.connect((_, panel) => follow(panel));
  }
};

export default plugin;
