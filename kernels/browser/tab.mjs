// One notebook in one tab of the browser: what a reader sees and does there.
import assert from 'node:assert/strict';

// patience is how long anything may take on a busy machine.
export const patience = 120_000;

// until waits for a condition and gives its value; while it throws, it does not hold.
export async function until(what, condition, limit = patience) {
  const end = Date.now() + limit;
  for (;;) {
    let last;
    try {
      last = await condition();
      if (last) return last;
    } catch (error) {
      last = error.message;
    }
    if (Date.now() > end) throw new Error(`waited ${limit / 1000} s until ${what}; last: ${JSON.stringify(last)}`);
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}

// words is the text of an output as a notebook file holds it.
const words = text => (Array.isArray(text) ? text.join('') : text ?? '');

// printed is what outputs have on stdout.
export const printed = outputs => outputs.filter(o => o.output_type === 'stream' && o.name === 'stdout').map(o => words(o.text)).join('');

// failures are the errors among outputs.
export const failures = outputs => outputs.filter(o => o.output_type === 'error');

export class Tab {
  constructor(lab, page, path) {
    Object.assign(this, { lab, page, path });
  }

  // open shows a notebook in a new tab, with its kernel connected.
  static async open(lab, path) {
    const tab = new Tab(lab, await lab.context.newPage(), path);
    await tab.page.goto(`${lab.url}/lab/tree/${path}?token=${lab.token}&reset`);
    await tab.ready();
    return tab;
  }

  // ready waits for the kernel: JupyterLab drops a run that is pressed before the page is connected to it.
  async ready() {
    await this.page.waitForSelector('.jp-Notebook .jp-Cell');
    await until('the page is connected to the kernel', () =>
      this.page.evaluate(() => {
        const panel = window.jupyterapp.shell.currentWidget;
        const context = panel?.sessionContext;
        const kernel = context?.session?.kernel;
        return panel?.context.isReady && context.isReady && kernel.connectionStatus === 'connected' && ['idle', 'busy'].includes(kernel.status);
      }),
    );
    await until('the server has the kernel connected', async () => {
      const session = (await this.lab.api('sessions')).find(s => s.path === this.path);
      return session?.kernel.connections > 0 && ['idle', 'busy'].includes(session.kernel.execution_state);
    });
  }

  async reload() {
    await this.page.reload();
    await this.ready();
  }

  close() {
    return this.page.close();
  }

  // command runs a command of JupyterLab on a cell, and does not wait for its end.
  command(id, cell) {
    return this.page.evaluate(
      ([id, cell]) => {
        const notebook = window.jupyterapp.shell.currentWidget.content;
        if (cell !== undefined) {
          notebook.deselectAll();
          notebook.activeCellIndex = cell;
        }
        void window.jupyterapp.commands.execute(id);
      },
      [id, cell],
    );
  }

  run(cell) {
    return this.command('notebook:run-cell', cell);
  }

  // press clicks a button of the notebook's toolbar.
  press(command) {
    return this.page.locator(`.jp-NotebookPanel-toolbar [data-command="${command}"]`).first().click();
  }

  stop() {
    return this.press('notebook:interrupt-kernel');
  }

  // edit puts the cursor at the end of a cell, as a click there does.
  async edit(cell) {
    await this.page.evaluate(async cell => {
      const notebook = window.jupyterapp.shell.currentWidget.content;
      notebook.activeCellIndex = cell;
      notebook.mode = 'edit';
      await notebook.scrollToItem(cell);
      const { editor } = notebook.activeCell;
      editor.focus();
      editor.setCursorPosition(editor.getPositionAt(editor.model.sharedModel.source.length));
    }, cell);
  }

  // cell is what a cell is and shows.
  cell(index) {
    return this.page.evaluate(index => {
      const { model, node } = window.jupyterapp.shell.currentWidget.content.widgets[index];
      return {
        type: model.type,
        source: model.sharedModel.source,
        prompt: node.querySelector('.jp-InputPrompt')?.textContent,
        shown: [...node.querySelectorAll('.jp-OutputArea-output')].map(output => output.textContent).join('\n'),
        state: model.executionState,
        count: model.executionCount,
        outputs: model.outputs?.toJSON() ?? [],
      };
    }, index);
  }

  // cells are all code cells, in order.
  async cells() {
    const n = await this.page.evaluate(() => window.jupyterapp.shell.currentWidget.content.widgets.length);
    const all = [];
    for (let i = 0; i < n; i++) {
      const cell = await this.cell(i);
      if (cell.type === 'code') all.push({ ...cell, index: i });
    }
    return all;
  }

  // ended waits until a cell has run.
  ended(index) {
    return until(`cell ${index} has run`, async () => {
      const cell = await this.cell(index);
      return cell.state === 'idle' && cell.count !== null && cell;
    });
  }

  // well waits until a cell has run without an error.
  async well(index) {
    const cell = await this.ended(index);
    assert.deepEqual(failures(cell.outputs), []);
    return cell;
  }

  // says waits until a cell shows some words.
  says(index, words) {
    return until(`cell ${index} shows “${words}”`, async () => {
      const cell = await this.cell(index);
      if (cell.shown.includes(words)) return cell;
      throw new Error(cell.shown.slice(-300));
    });
  }

  // pictures scrolls to a cell and waits until its pictures and charts are drawn; it gives their widths.
  async pictures(index, n = 1) {
    await this.page.evaluate(index => window.jupyterapp.shell.currentWidget.content.scrollToItem(index, 'center'), index);
    return until(`cell ${index} shows ${n} pictures`, () =>
      this.page.evaluate(
        ([index, n]) => {
          const { node } = window.jupyterapp.shell.currentWidget.content.widgets[index];
          const widths = [...node.querySelectorAll('.jp-OutputArea-output img, .jp-OutputArea-output canvas')].map(p => (p.checkVisibility() ? p.naturalWidth ?? p.width : 0));
          return widths.length >= n && widths.every(w => w > 0) && widths;
        },
        [index, n],
      ),
    );
  }

  busy() {
    return this.page.evaluate(() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'busy');
  }

  // edited tells whether the notebook has changes that are not in the file.
  edited() {
    return this.page.evaluate(() => window.jupyterapp.shell.currentWidget.context.model.dirty);
  }
}
