// Cells: errors, help at the cursor, pages, input, and much output.
import assert from 'node:assert/strict';
import { failures, printed, until } from './tab.mjs';

// page checks what a cell shows that asks for a page of help.
async function page(tab, cell, ...words) {
  await tab.run(cell);
  for (const word of words) await tab.says(cell, word);
  await tab.well(cell);
}

// noise is a picture of about 400 kB.
const noise = `import (
	"math/rand/v2"
	"github.com/janpfeifer/gonb/gonbui/protocol"
)

func noise(seed uint64, width int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, width, 360))
	r := rand.New(rand.NewPCG(seed, 1))
	for i := range img.Pix {
		img.Pix[i] = byte(r.Uint32())
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	var b bytes.Buffer
	png.Encode(&b, img)
	return b.Bytes()
}

`;

export const cells = {
  // An error stops Run All: the cells behind it are not run.
  async error(lab) {
    for (const [name, bad, words] of [
      ['compiler', 'fmt.Println("two")\nvar count int = "words"', 'cannot use "words"'],
      ['panic', 'var planets map[string]int\nplanets["Mars"] = 4', 'assignment to entry in nil map'],
    ]) {
      const tab = await lab.open(lab.notebook(`error-${name}`, 'fmt.Println("one")', bad, 'fmt.Println("three")', 'fmt.Println("four")'));
      await tab.command('notebook:run-all-cells');
      const cell = await tab.says(1, words);
      assert.match(cell.shown, /line 2|Cell\[2\]:2/);
      await until('nothing waits to be run', async () => (await tab.cells()).every(cell => cell.state === 'idle'));
      const [one, two, three, four] = await tab.cells();
      assert.equal(one.shown, 'one\n');
      assert.deepEqual([one.count, two.count, three.count, four.count], [1, 2, null, null]);
      assert.equal(failures(two.outputs).length, 1);
      assert.deepEqual([...three.outputs, ...four.outputs], []);
      await tab.run(2);
      assert.equal((await tab.well(2)).shown, 'three\n');
    }
  },

  // Tab completes a name of the standard library and one of the course, Shift-Tab shows its doc: at the first key, without an import.
  async completion(lab, note) {
    const tab = await lab.open(lab.notebook('completion', 'fmt.Pri', 'pixelcnn.Qui', ''));
    await tab.edit(0);
    let pressed = Date.now();
    await tab.page.keyboard.press('Tab');
    const list = tab.page.locator('.jp-Completer .jp-Completer-item', { hasText: 'Println' });
    await list.first().waitFor();
    note(`the first Tab: ${Date.now() - pressed} ms`);
    await list.first().click();
    await until('the choice is taken', async () => (await tab.cell(0)).source === 'fmt.Println');
    await tab.edit(1);
    pressed = Date.now();
    await tab.page.keyboard.press('Tab');
    await until('the course is known', async () => {
      const choice = tab.page.locator('.jp-Completer .jp-Completer-item', { hasText: 'Quick' });
      if (await choice.count()) await choice.first().click();
      return (await tab.cell(1)).source === 'pixelcnn.Quick';
    });
    note(`a name of the course: ${Date.now() - pressed} ms`);
    pressed = Date.now();
    await tab.page.keyboard.press('Shift+Tab');
    const tip = tab.page.locator('.jp-Tooltip');
    await until('its doc is shown', async () => /func Quick\(\).*Quick trains/s.test(await tip.textContent()));
    note(`Shift-Tab: ${Date.now() - pressed} ms`);
  },

  // A page of help, of the kernel and of a name.
  async help(lab) {
    const tab = await lab.open(lab.notebook('help', '%help', 'fmt.Println?', 'pixelcnn.Quick?'));
    await page(tab, 0, 'A cell is Go', '%goflags', 'Shift-Tab explains');
    await page(tab, 1, 'func Println(a ...any)', 'writes to standard output');
    await page(tab, 2, 'func Quick()');
  },

  // A program asks, and gets what is typed.
  async input(lab) {
    const tab = await lab.open(lab.notebook('input', 'gonbui.RequestInput("Who are you? ", false)\nvar name string\nfmt.Scan(&name)\nfmt.Println("good day,", name)'));
    await tab.run(0);
    const field = tab.page.locator('.jp-Stdin-input');
    await field.waitFor();
    assert.match((await tab.cell(0)).shown, /Who are you\?/);
    await field.fill('Ada');
    await field.press('Enter');
    assert.match(printed((await tab.well(0)).outputs), /good day, Ada\n$/);
    await until('the field is gone', async () => (await field.count()) === 0);
  },

  // A picture of 400 kB is updated 50 times: the page stays usable, the last one is shown, and the notebook holds one.
  async updates(lab, note) {
    const path = lab.notebook(
      'updates',
      `${noise}for i := range 50 {
	gonbui.SendData(&protocol.DisplayData{DisplayID: "noise", Data: map[protocol.MIMEType]any{protocol.MIMEImagePNG: noise(uint64(i), 360+i)}})
	time.Sleep(100 * time.Millisecond)
}
fmt.Println("the last one")`,
    );
    const tab = await lab.open(path);
    await tab.page.evaluate(() => {
      let last = performance.now();
      window.longest = 0;
      setInterval(() => {
        window.longest = Math.max(window.longest, performance.now() - last);
        last = performance.now();
      }, 20);
    });
    await tab.run(0);
    await tab.pictures(0);
    await tab.page.evaluate(() => (window.longest = 0)); // the page that starts up is not the question
    const { outputs } = await tab.well(0);
    assert.deepEqual(await tab.pictures(0), [409]);
    assert.equal(outputs.length, 2);
    note(`the page's longest pause: ${(await tab.page.evaluate(() => window.longest)).toFixed(0)} ms`);
    await tab.command('docmanager:save');
    await until('it is saved', () => lab.read(path).cells[0].outputs.length > 0);
    const saved = lab.read(path).cells[0].outputs;
    assert.deepEqual(saved.map(o => o.output_type), ['display_data', 'stream']);
    assert.ok(saved[0].data['image/png'].length > 400_000);
  },
};
