import { CodeCell } from '@jupyterlab/cells';
import { NotebookPanel } from '@jupyterlab/notebook';
import { Contents, Kernel, KernelMessage } from '@jupyterlab/services';
import { JSONExt, JSONObject } from '@lumino/coreutils';

import { count, inputs, outputs, settle } from './cells';
import { Follower } from './follower';
import { Keeper } from './keeper';
import { Done, Execution, FromKernel, TARGET, VERSION } from './protocol';
import { Saver } from './saver';

/** Display messages may concern outputs of other executions. */
const DISPLAYS = ['display_data', 'update_display_data'];
/** What output areas of cells have no use for, and what also comes for cells that never leave the queue. */
const PASSED_OVER = ['status', 'comm_open', 'comm_msg', 'comm_close'];
/** After these the kernel's executions are no more. */
const GONE = ['restarting', 'autorestarting', 'dead', 'terminating'];

/** Fills in what one notebook missed, follows what still runs, and saves the notebook when that has ended. */
export class NotebookOutputs {
  constructor(
    private _panel: NotebookPanel,
    contents: Contents.IManager
  ) {
    const session = _panel.sessionContext;
    session.kernelChanged.connect(this._connect, this);
    session.connectionStatusChanged.connect(this._connect, this);
    session.statusChanged.connect(this._onStatus, this);
    session.iopubMessage.connect(this._onIOPub, this);
    this._saver = new Saver(_panel.context, contents, ids => this._report(ids));
    void _panel.context.ready.then(() => this._connect());
  }

  dispose(): void {
    this._disposed = true;
    this._abandon();
    this._closeComm();
    this._keeper?.dispose();
    const session = this._panel.sessionContext;
    session.kernelChanged.disconnect(this._connect, this);
    session.connectionStatusChanged.disconnect(this._connect, this);
    session.statusChanged.disconnect(this._onStatus, this);
    session.iopubMessage.disconnect(this._onIOPub, this);
    this._kernel?.anyMessage.disconnect(this._onAnyMessage, this);
    this._saver.dispose();
  }

  /** Ask a kernel that has just been connected, for the first time or again, what happened meanwhile. */
  private async _connect(): Promise<void> {
    const current = () => this._panel.sessionContext.session?.kernel;
    const ready = () => !this._disposed && this._panel.context.isReady && current()?.connectionStatus === 'connected';
    try {
      const kernel = current();
      if (!kernel || !ready() || (await kernel.info).language_info.name !== 'go' || kernel !== current() || !ready()) {
        return;
      }
      if (kernel !== this._kernel) {
        this._abandon();
        this._kernel?.anyMessage.disconnect(this._onAnyMessage, this);
        this._keeper?.dispose();
        this._kernel = kernel;
        this._keeper = new Keeper(kernel.id, kernel.clientId);
        kernel.anyMessage.connect(this._onAnyMessage, this);
      }
      this._closeComm();
      const comm = kernel.createComm(TARGET);
      comm.onMsg = msg => this._onComm(comm, msg.content.data as unknown as FromKernel);
      this._comm = comm;
      comm.open({ version: VERSION, cells: this._sources() }).dispose(); // no reply is awaited
    } catch (error) {
      console.warn('curious-outputs: asking the kernel:', error);
    }
  }

  private _closeComm(): void {
    try {
      if (this._comm && !this._comm.isDisposed && !this._kernel?.isDisposed) {
        this._comm.close().dispose();
      }
    } catch {
      // The connection is gone, and the comm with it.
    }
    this._comm = undefined;
  }

  private async _onComm(comm: Kernel.IComm, data: FromKernel): Promise<void> {
    try {
      // Awaited here, since no later message is handled before this one has been.
      const keeps = data.type === 'execution' && (await this._keeper!.keeps(data.session));
      if (comm !== this._comm || this._disposed) {
        return;
      }
      if (data.type === 'execution') {
        this._take(data, keeps);
      } else if (data.type === 'done') {
        this._end(data);
      } else if (data.type === 'error') {
        console.warn('curious-outputs: the kernel:', data.why);
      }
    } catch (error) {
      console.warn('curious-outputs: filling in:', error);
    }
  }

  /** Show an execution, unless its cell is gone, was edited, runs anew, or shows it already. */
  private _take(execution: Execution, keeps: boolean): void {
    const cell = this._cells().find(cell => cell.model.id === execution.cell);
    if (!cell || cell.model.sharedModel.getSource() !== execution.code) {
      return;
    }
    const { state, reply, messages } = execution;
    const running = cell.model.executionState === 'running';
    const future = cell.outputArea.future?.isDisposed ? null : cell.outputArea.future;
    const same = future?.msg.header.msg_id === execution.msg_id;
    const own = execution.session === this._kernel!.clientId;
    const rerun = future && !same && running && !(future instanceof Follower);
    if (rerun || (own && !same) || (state === 'queued' && same)) {
      return;
    }
    const aborted = state === 'done' && reply?.status === 'aborted' && messages.length === 0;
    const shown = aborted || (state !== 'queued' && JSONExt.deepEqual(cell.model.outputs.toJSON(), outputs(execution)));
    if (same && (shown || execution.truncated)) {
      if (state === 'done' && running) {
        future instanceof Follower ? this._finish(future, reply) : settle(cell, reply);
      }
    } else if (aborted || (shown && state === 'done' && cell.model.executionCount === count(reply))) {
      this._saver.add(execution.msg_id, !this._panel.context.model.dirty);
    } else {
      this._follow(cell, execution, keeps);
    }
  }

  private _follow(cell: CodeCell, execution: Execution, keeps: boolean): void {
    const follower = new Follower(execution, this._kernel!);
    follower.keeps = keeps;
    this._followers.set(follower.id, follower);
    this._change(follower, () => {
      cell.outputArea.reattachFuture(follower);
      cell.model.executionState = 'running';
      if (execution.state !== 'queued') {
        this._start(follower);
      }
      for (const { msg_type, content } of execution.messages) {
        follower.publish(msg_type, content);
      }
      if (this._input?.parent_header.msg_id === follower.id) {
        this._onStdin(follower, this._input);
      }
      if (execution.state === 'done') {
        this._finish(follower, execution.reply);
      }
    });
  }

  /** The execution has left the queue: what the cell showed before is of the past. */
  private _start(follower: Follower): void {
    follower.started = true;
    const model = this._cellOf(follower)?.model;
    if (model) {
      model.sharedModel.transact(() => model.clearExecution(), false, 'silent-change');
      model.executionState = 'running';
    }
  }

  private _end(done: Done): void {
    const cell = this._cells().find(cell => cell.model.id === done.cell);
    if (cell?.outputArea.future?.msg.header.msg_id === done.msg_id && inputs(cell).length > 0) {
      inputs(cell).forEach(input => input.dispose()); // another page answered
      this._kernel!.hasPendingInput = false;
    }
    const follower = this._followers.get(done.msg_id);
    if (follower && !follower.isDisposed) {
      this._change(follower, () => this._finish(follower, done.reply));
    } else if (done.session === this._kernel!.clientId) {
      this._saver.add(done.msg_id);
    }
  }

  private _finish(follower: Follower, reply: JSONObject | undefined): void {
    if (!follower.started && reply?.status !== 'aborted') {
      this._start(follower);
    }
    follower.finish(reply ?? {});
    const cell = this._cellOf(follower);
    if (cell) {
      settle(cell, reply);
    }
    this._saver.add(follower.id);
    if (![...this._followers.values()].some(other => !other.ended && !other.isDisposed)) {
      void this._saver.save(this._keeper!, follower.msg.header.session);
    }
  }

  /** The kernel may forget what the file has. */
  private _report(ids: string[]): void {
    if (ids.length > 0 && this._comm && !this._comm.isDisposed) {
      this._comm.send({ type: 'saved', msg_ids: ids }).dispose();
    }
  }

  private _onIOPub(_: unknown, msg: KernelMessage.IMessage): void {
    const type = msg.header.msg_type;
    if (this._followers.size === 0 || PASSED_OVER.includes(type)) {
      return;
    }
    try {
      const content = msg.content as unknown as JSONObject;
      const display = DISPLAYS.includes(type) && (content.transient as JSONObject | undefined)?.display_id;
      const parent = (msg.parent_header as KernelMessage.IHeader).msg_id;
      for (const [id, follower] of this._followers) {
        if (follower.isDisposed) {
          this._followers.delete(id); // its cell was run again, or deleted
          continue;
        }
        if (!display && id !== parent) {
          continue;
        }
        this._change(follower, () => {
          if (id === parent && !follower.started) {
            this._start(follower);
          }
          if (display) {
            follower.publish('update_display_data', content);
          }
          if (id === parent && type !== 'update_display_data') {
            follower.publish(type, content);
          }
        });
      }
    } catch (error) {
      console.warn('curious-outputs: following:', error);
    }
  }

  /** A request for input that the kernel repeats for this page belongs to no future of its own. */
  private _onAnyMessage(_: unknown, { msg, direction }: Kernel.IAnyMessageArgs): void {
    if (direction !== 'recv' || msg.channel !== 'stdin' || !KernelMessage.isInputRequestMsg(msg)) {
      return;
    }
    const { msg_id, session } = msg.parent_header;
    if (session !== this._kernel?.clientId) {
      this._input = msg; // the execution itself may come later
      const follower = this._followers.get(msg_id);
      if (follower && !follower.ended && !follower.isDisposed) {
        this._onStdin(follower, msg);
      }
    }
  }

  private _onStdin(follower: Follower, msg: KernelMessage.IInputRequestMsg): void {
    const cell = this._cellOf(follower);
    this._input = undefined;
    if (cell && inputs(cell).length === 0) {
      this._kernel!.hasPendingInput = true;
      void follower.onStdin(msg);
    }
  }

  private _onStatus(_: unknown, status: Kernel.Status): void {
    if (GONE.includes(status)) {
      this._abandon();
    }
  }

  /** Nothing more comes from these executions. */
  private _abandon(): void {
    for (const follower of this._followers.values()) {
      const cell = this._cellOf(follower);
      if (cell && !follower.ended) {
        cell.model.executionState = 'idle';
      }
      follower.dispose();
    }
    this._followers.clear();
    this._saver.clear();
  }

  /** Change a cell as the execution says; a page that does not save it is not to ask about unsaved changes either. */
  private _change(follower: Follower, change: () => void): void {
    const model = this._panel.context.model;
    const dirty = model.dirty;
    change();
    if (!follower.keeps && !dirty) {
      model.dirty = false;
    }
  }

  private _cells(): CodeCell[] {
    return this._panel.content.widgets.filter(cell => cell instanceof CodeCell) as CodeCell[];
  }

  /** The cell that shows an execution: a moved one is a new widget. */
  private _cellOf(follower: Follower): CodeCell | undefined {
    return this._panel.content.isDisposed ? undefined : this._cells().find(cell => cell.outputArea.future === follower);
  }

  private _sources(): JSONObject {
    return Object.fromEntries(this._cells().map(cell => [cell.model.id, cell.model.sharedModel.getSource()]));
  }

  private _saver: Saver;
  private _kernel: Kernel.IKernelConnection | undefined;
  private _keeper: Keeper | undefined;
  private _comm: Kernel.IComm | undefined;
  private _followers = new Map<string, Follower>();
  private _input: KernelMessage.IInputRequestMsg | undefined;
  private _disposed = false;
}
