// JupyterLab as the scenarios find it: its server, its folder of notebooks, and the browser.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { patience, Tab } from './tab.mjs';

export class Lab {
  // The options are those of browser.go.
  constructor(options) {
    Object.assign(this, options);
  }

  async begin(chromium) {
    this.browser = await chromium.launch({ executablePath: this.executable });
    this.context = await this.browser.newContext({ viewport: { width: 1200, height: 1000 } });
    this.context.setDefaultTimeout(patience);
    this.complaints = []; // what the page had to say that nobody should have to read
    this.context.on('page', page => {
      page.on('pageerror', error => this.complaints.push(`an error in the page: ${error.message}`));
      page.on('console', message => {
        if (message.text().includes('curious-outputs: ')) this.complaints.push(`the extension: ${message.text()}`);
      });
      page.on('request', request => {
        if (/^(https?|wss?):/.test(request.url()) && !request.url().startsWith(this.url)) this.complaints.push(`a request to ${request.url()}`);
      });
      page.on('dialog', dialog => dialog.accept());
    });
  }

  // api asks the server.
  async api(path, method = 'GET') {
    const answer = await fetch(`${this.url}/api/${path}`, { method, headers: { Authorization: `token ${this.token}` } });
    return answer.status === 204 ? null : answer.json();
  }

  // notebook writes a notebook of code cells and gives its path.
  notebook(name, ...sources) {
    const cells = sources.map((source, i) => ({ cell_type: 'code', id: `${name}-${i}`, source, metadata: {}, outputs: [], execution_count: null }));
    const metadata = { kernelspec: { name: this.kernel, display_name: 'Go', language: 'go' }, language_info: { name: 'go', mimetype: 'text/x-go', file_extension: '.go' } };
    this.write(`${name}.ipynb`, { cells, metadata, nbformat: 4, nbformat_minor: 5 });
    return `${name}.ipynb`;
  }

  write(path, notebook) {
    writeFileSync(join(this.notebooks, path), JSON.stringify(notebook));
  }

  // read is a notebook as it lies on disk.
  read(path) {
    return JSON.parse(readFileSync(join(this.notebooks, path), 'utf8'));
  }

  open(path) {
    return Tab.open(this, path);
  }

  // pass lets a cell that waits at a gate go on.
  pass(gate) {
    writeFileSync(join(this.notebooks, gate), '');
  }

  // end closes the tabs of a scenario, with a picture of each, and its kernels.
  async end(name) {
    const pictures = [];
    for (const [i, page] of this.context.pages().entries()) {
      const path = join(this.pictures, `${name}${i ? `-${i + 1}` : ''}.png`);
      await page.screenshot({ path }).then(() => pictures.push(path), () => {});
      await page.close();
    }
    for (const session of await this.api('sessions')) await this.api(`sessions/${session.id}`, 'DELETE');
    return pictures;
  }
}

// gate is Go that waits until lab.pass.
export const gate = name => `for _, err := os.Stat("${name}"); err != nil; _, err = os.Stat("${name}") {\n\ttime.Sleep(20 * time.Millisecond)\n}`;
