import { DocumentRegistry } from '@jupyterlab/docregistry';
import { NotebookPanel } from '@jupyterlab/notebook';
import { Contents } from '@jupyterlab/services';
import { JSONExt } from '@lumino/coreutils';

import { Keeper } from './keeper';

/** How long a save waits for another that is under way, in ms. */
const PATIENCE = 10_000;

/** Saves a notebook whose missed outputs were filled in, and tells the kernel which executions the file has whole. */
export class Saver {
  constructor(
    private _context: NotebookPanel['context'],
    private _contents: Contents.IManager,
    private _report: (ids: string[]) => void
  ) {
    void _context.ready.then(() => (this._file = this._texts()));
    _context.saveState.connect(this._onSave, this);
  }

  dispose(): void {
    this._disposed = true;
    this._context.saveState.disconnect(this._onSave, this);
  }

  /** The notebook has all outputs of an execution that has ended; the file too, if the notebook is as it was loaded. */
  add(id: string, inFile = false): void {
    if (inFile) {
      this._report([id]);
    } else {
      this._whole.add(id);
    }
  }

  /** Forget the executions of a kernel that is gone. */
  clear(): void {
    this._whole.clear();
  }

  /**
   * Save the notebook once that is for this page to do, which the page of `session` started. Edits are saved when
   * their author, or autosave, wants it; a file that has changed meanwhile is left as it is.
   */
  async save(keeper: Keeper, session: string): Promise<void> {
    if (this._awaited.has(session)) {
      return;
    }
    this._awaited.add(session);
    const keeps = await keeper.inherits(session);
    this._awaited.delete(session);
    if (keeps && !this._queued) {
      this._queued = true;
      this._last = this._last.then(() => this._write());
    }
  }

  /** Save after what is being saved, since JupyterLab takes two saves at once for a conflict. */
  private async _write(): Promise<void> {
    try {
      this._queued = false;
      let mayWrite = false;
      do {
        await Promise.race([this._saving, new Promise(resolve => setTimeout(resolve, PATIENCE))]);
        this._saving = undefined;
        mayWrite = await this._mayWrite();
      } while (this._saving);
      if (mayWrite && !this._disposed && JSONExt.deepEqual(this._file, this._texts())) {
        await this._context.save();
      }
    } catch (error) {
      if (!this._disposed) {
        console.warn('curious-outputs: saving:', error);
      }
    }
  }

  /** Whether the file can be written and is still what this page loaded or saved. */
  private async _mayWrite(): Promise<boolean> {
    const { path, model, contentsModel: known } = this._context;
    if (model.readOnly || !known?.writable) {
      return false;
    }
    const disk = await this._contents.get(path, { content: false, hash: true });
    return known.hash && disk.hash ? known.hash === disk.hash : known.last_modified === disk.last_modified;
  }

  private _onSave(_: unknown, state: DocumentRegistry.SaveState): void {
    if (state === 'started') {
      const ids = [...this._whole];
      const texts = this._texts();
      this._saving = new Promise(resolve => {
        this._saved = completed => {
          if (completed) {
            this._file = texts;
            ids.forEach(id => this._whole.delete(id));
            this._report(ids);
          }
          resolve();
        };
      });
    } else {
      this._saved(state === 'completed');
      this._saving = undefined;
    }
  }

  private _texts(): string[] {
    return Array.from(this._context.model.cells, cell => `${cell.type} ${cell.id} ${cell.sharedModel.getSource()}`);
  }

  /** The texts of the cells as the file has them. */
  private _file: string[] = [];
  /** Ended executions whose outputs the notebook has and the file may not. */
  private _whole = new Set<string>();
  /** The sessions whose end a save waits for. */
  private _awaited = new Set<string>();
  private _last = Promise.resolve();
  private _queued = false;
  /** Ends with the save that is under way, whoever asked for it. */
  private _saving: Promise<void> | undefined;
  private _saved: (completed: boolean) => void = () => undefined;
  private _disposed = false;
}
