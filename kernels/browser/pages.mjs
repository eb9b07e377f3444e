// Output that outlives the page: reloads, closed tabs, two tabs.
import assert from 'node:assert/strict';
import { gate } from './lab.mjs';
import { failures, printed, until } from './tab.mjs';

const numbered = (word, from, to) => Array.from({ length: to - from }, (_, i) => `${word} ${from + i}\n`).join('');
const counting = (word, from, to) => `for i := ${from}; i < ${to}; i++ {\n\tfmt.Println("${word}", i)\n}`;

export const pages = {
  // Forty seconds that print and update a display, as a training does; the page is reloaded at a third.
  async reload(lab) {
    const path = lab.notebook(
      'reload',
      'live := show.NewLive()\nfor step := range 80 {\n\tfmt.Println("step", step)\n\tlive.HTML(fmt.Sprintf("<b>%d of 80 steps</b>", step+1), fmt.Sprint(step+1))\n\ttime.Sleep(500 * time.Millisecond)\n}\nmust.Do(live.Close())',
      'fmt.Println("next")',
    );
    const tab = await lab.open(path);
    await tab.run(0);
    await tab.says(0, 'step 26\n');
    await tab.reload();
    const filled = await tab.says(0, 'step 27\n');
    assert.ok(printed(filled.outputs).startsWith(numbered('step', 0, 28)));
    assert.equal(filled.prompt, '[*]:');
    assert.equal(filled.state, 'running');
    assert.equal(await tab.busy(), true);
    const live = await tab.says(0, 'step 40\n');
    assert.match(live.shown, /4[0-9] of 80 steps/);
    assert.equal(live.prompt, '[*]:');
    await tab.run(1);
    await until('the next cell waits', async () => (await tab.cell(1)).prompt === '[*]:');
    const { outputs, count, prompt } = await tab.well(0);
    assert.equal(printed(outputs), numbered('step', 0, 80));
    assert.equal(count, 1);
    assert.equal(prompt, '[1]:');
    assert.equal((await tab.well(1)).shown, 'next\n');
    const file = await until('it is saved whole', () => {
      const { cells } = lab.read(path);
      return printed(cells[0].outputs) === numbered('step', 0, 80) && cells;
    });
    const displays = file[0].outputs.filter(o => o.output_type === 'display_data');
    assert.equal(displays.length, 1);
    assert.match(JSON.stringify(displays[0].data['text/html']), /80 of 80 steps/);
    assert.equal(file[0].execution_count, 1);
  },

  // ■ acts on a cell that an earlier page started, and ends what waits behind it.
  async stopAfterReload(lab) {
    const tab = await lab.open(lab.notebook('stopAfterReload', 'for i := range 2000 {\n\tfmt.Println("step", i)\n\ttime.Sleep(100 * time.Millisecond)\n}', 'fmt.Println("never")'));
    await tab.run(0);
    await tab.run(1);
    await tab.says(0, 'step 5\n');
    await tab.reload();
    const { shown } = await tab.says(0, 'step 6\n');
    await tab.says(0, `step ${shown.trim().split('\n').length + 5}\n`);
    assert.equal((await tab.cell(1)).prompt, '[*]:');
    await tab.stop();
    const cell = await tab.ended(0);
    assert.equal(failures(cell.outputs).length, 1);
    assert.match(cell.shown, /stopped by the user/);
    assert.equal(cell.count, 1);
    await until('the cell behind it is not run', async () => {
      const behind = await tab.cell(1);
      return behind.prompt === '[ ]:' && behind.state === 'idle';
    });
    await tab.run(1);
    assert.equal((await tab.well(1)).shown, 'never\n');
  },

  // The tab is closed, the cell ends without one, the notebook is opened again.
  async closed(lab) {
    const path = lab.notebook('closed', `${counting('step', 0, 5)}\n${gate('closed.gate')}\n${counting('step', 5, 10)}\n6 * 7`, 'fmt.Println("second")', 'panic("third")', 'fmt.Println("never")');
    let tab = await lab.open(path);
    await tab.command('notebook:run-all-cells');
    await tab.says(0, 'step 4\n');
    await tab.close();
    lab.pass('closed.gate');
    await until('the kernel is idle', async () => (await lab.api('sessions'))[0].kernel.execution_state === 'idle');
    assert.deepEqual(lab.read(path).cells[0].outputs, []);
    tab = await lab.open(path);
    await tab.says(2, 'third');
    const [first, second, third, never] = await tab.cells();
    assert.equal(printed(first.outputs), numbered('step', 0, 10));
    assert.equal(first.outputs.at(-1).data['text/plain'], '42');
    assert.equal(second.shown, 'second\n');
    assert.equal(failures(third.outputs).length, 1);
    assert.deepEqual([first.count, second.count, third.count, never.count], [1, 2, 3, null]);
    await until('it is saved', () => {
      const [first, second, third, never] = lab.read(path).cells;
      return printed(first.outputs) === numbered('step', 0, 10) && printed(second.outputs) === 'second\n' && failures(third.outputs).length === 1 && never.outputs.length === 0;
    });
    await until('the page knows that it is saved', async () => !(await tab.edited()));
  },

  // Two tabs show the same notebook: one runs, the other follows.
  async twoTabs(lab) {
    const path = lab.notebook('twoTabs', `${counting('step', 0, 3)}\n${gate('twoTabs.gate')}\n${counting('step', 3, 6)}`, 'fmt.Println("second")');
    const one = await lab.open(path);
    const two = await lab.open(path);
    await one.run(0);
    await two.says(0, 'step 2\n');
    assert.equal((await two.cell(0)).prompt, '[*]:');
    const three = await lab.open(path);
    await three.says(0, 'step 2\n');
    await three.close();
    lab.pass('twoTabs.gate');
    for (const tab of [one, two]) {
      const cell = await tab.well(0);
      assert.equal(cell.shown, numbered('step', 0, 6));
      assert.equal(cell.count, 1);
    }
    await two.run(1);
    for (const tab of [one, two]) {
      await tab.says(1, 'second\n');
      assert.equal((await tab.well(1)).count, 2);
    }
    await one.command('docmanager:save');
    await until('it is saved', () => printed(lab.read(path).cells[0].outputs) === numbered('step', 0, 6));
    for (const tab of [one, two]) assert.equal(await tab.page.locator('.jp-Dialog').count(), 0);
  },

  // A question survives the reload, too.
  async inputAfterReload(lab) {
    const tab = await lab.open(lab.notebook('inputAfterReload', 'fmt.Println("hi")\ngonbui.RequestInput("Who? ", false)\nvar name string\nfmt.Scan(&name)\nfmt.Println("good day,", name)'));
    await tab.run(0);
    const field = tab.page.locator('.jp-Stdin-input');
    await field.waitFor();
    await tab.reload();
    await field.waitFor();
    await field.fill('Ada');
    await field.press('Enter');
    const { outputs } = await tab.well(0);
    assert.match(printed(outputs), /^hi\n[^]*good day, Ada\n$/);
  },

  // What was edited meanwhile is left alone: the output belongs to another text.
  async changed(lab) {
    const path = lab.notebook('changed', `${counting('step', 0, 3)}\n${gate('changed.gate')}\n${counting('step', 3, 6)}`, `${counting('kept', 0, 3)}`);
    let tab = await lab.open(path);
    await tab.command('notebook:run-all-cells');
    await tab.says(0, 'step 2\n');
    await tab.close();
    const notebook = lab.read(path);
    notebook.cells[0].source = 'fmt.Println("edited")';
    lab.write(path, notebook);
    tab = await lab.open(path);
    lab.pass('changed.gate');
    await tab.says(1, 'kept 2\n');
    const edited = await tab.cell(0);
    assert.deepEqual(edited.outputs, []);
    assert.equal(edited.prompt, '[ ]:');
    await until('the other cell is saved', () => printed(lab.read(path).cells[1].outputs) === numbered('kept', 0, 3));
    assert.deepEqual(lab.read(path).cells[0].outputs, []);
    assert.equal([lab.read(path).cells[0].source].flat().join(''), 'fmt.Println("edited")');
  },
};
