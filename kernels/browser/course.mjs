// The course as its readers meet it.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { failures, printed, until } from './tab.mjs';

const welcome = '0-introduction/01-welcome.ipynb';

// all waits until every code cell of a notebook has run, and gives the seconds that took.
async function all(tab, began) {
  await until('every cell has run', async () => {
    const cells = await tab.cells();
    const failed = cells.find(cell => failures(cell.outputs).length > 0);
    return failed || cells.every(cell => cell.state === 'idle' && cell.count !== null);
  }, 600_000);
  return ((Date.now() - began) / 1000).toFixed(1);
}

// clean checks that no cell failed, and that all pictures which the outputs hold are seen.
async function clean(tab) {
  const cells = await tab.cells();
  assert.ok(cells.length > 5);
  let seen = 0;
  for (const [i, cell] of cells.entries()) {
    assert.deepEqual(failures(cell.outputs), [], `cell ${cell.index}`);
    assert.equal(cell.count, i + 1);
    const bundles = cell.outputs.filter(o => o.data?.['image/png']);
    if (bundles.length > 0) seen += (await tab.pictures(cell.index, bundles.length)).length;
  }
  assert.ok(seen >= 5, `${seen} pictures`);
  return seen;
}

export const course = {
  // The first notebook, from top to bottom, and again with a new kernel, whose programs are all built by then.
  async welcome(lab, note) {
    const tab = await lab.open(welcome);
    let began = Date.now();
    await tab.command('notebook:run-all-cells');
    note(`Run All: ${await all(tab, began)} s`);
    note(`${await clean(tab)} pictures`);
    await tab.command('notebook:clear-all-cell-outputs');
    await until('the outputs are cleared', async () => (await tab.cells()).every(cell => cell.count === null && cell.outputs.length === 0));
    await tab.press('notebook:restart-run-all');
    began = Date.now();
    await tab.page.click('.jp-Dialog .jp-mod-accept');
    note(`restarted and run again: ${await all(tab, began)} s`);
    await clean(tab);
    await tab.command('docmanager:save');
    await until('it is saved', () => lab.read(welcome).cells.some(cell => cell.outputs?.length > 0));
  },

  // ■ in the middle of a training keeps the weights, and the cell run again goes on from there.
  async training(lab, note) {
    const path = lab.notebook(
      'training',
      'digits := must.Get(data.BinarizedMNIST()).At14()\nrecipe := pixelcnn.Quick()\nrecipe.Name, recipe.Steps = "stopped", 150\nrun := must.Get(recipe.Fit(digits))\nfmt.Println(run.Title(), "has", run.Step, "steps")',
      'fmt.Println("after it")',
    );
    const tab = await lab.open(path);
    await tab.run(0);
    await tab.run(1);
    await until('it trains', async () => /step ([2-9]\d|1\d\d) of 150/.test((await tab.cell(0)).shown));
    const pressed = Date.now();
    await tab.stop();
    const stopped = await tab.ended(0);
    note(`stopped within ${((Date.now() - pressed) / 1000).toFixed(1)} s`);
    const [, step] = stopped.shown.match(/stopped at step (\d+) of 150: the weights are kept; run this again to go on/);
    assert.equal(failures(stopped.outputs).length, 1);
    assert.ok(existsSync(join(lab.runs, 'stopped-quick', 'checkpoints')));
    await until('the cell behind it is not run', async () => {
      const cell = await tab.cell(1);
      return cell.state === 'idle' && cell.count === null;
    });
    await tab.run(0);
    const cell = await until('it has gone on', async () => {
      const cell = await tab.cell(0);
      return cell.count > stopped.count && cell.state === 'idle' && cell;
    });
    assert.deepEqual(failures(cell.outputs), []);
    assert.match(printed(cell.outputs), new RegExp(`going on from step ${step} of 150`));
    assert.match(printed(cell.outputs), /stopped-quick has 150 steps/);
    await tab.pictures(0);
  },

  // A chart of Vega-Lite is drawn, without network.
  async chart(lab) {
    const tab = await lab.open(lab.notebook('chart', 'must.Do(show.Display(show.Curves{Title: "A chart", Series: []show.Series{{Name: "loss", Y: []float64{9, 4, 2, 1.5}}}}))'));
    await tab.run(0);
    const { outputs } = await tab.well(0);
    assert.equal(typeof outputs[0].data['application/vnd.vegalite.v5+json'], 'object');
    await tab.pictures(0);
    const colours = await tab.page.evaluate(() => {
      const canvas = document.querySelector('.vega-embed canvas');
      return new Set(new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size;
    });
    assert.ok(colours > 10, `the chart has ${colours} colours`);
  },
};
