import { Kernel, KernelMessage } from '@jupyterlab/services';
import { JSONObject, PromiseDelegate } from '@lumino/coreutils';

import { Execution } from './protocol';

type Request = KernelMessage.IExecuteRequestMsg;
type Reply = KernelMessage.IExecuteReplyMsg;

/**
 * The future of an execution that another page started. An output area handles it as it does those of its own page:
 * streams, displays, input, moved and rerun cells need no code here.
 */
export class Follower implements Kernel.IShellFuture<Request, Reply> {
  readonly msg: Request;
  onIOPub: (msg: KernelMessage.IIOPubMessage) => void | PromiseLike<void> = () => undefined;
  onReply: (msg: Reply) => void | PromiseLike<void> = () => undefined;
  onStdin: (msg: KernelMessage.IStdinMessage) => void | PromiseLike<void> = () => undefined;

  /** Whether the execution left the queue, and whether it has ended. */
  started = false;
  ended = false;
  /** Whether this page is the one that saves what comes. */
  keeps = true;

  constructor(execution: Execution, private _kernel: Kernel.IKernelConnection) {
    this.msg = message<Request>('execute_request', 'shell', execution.msg_id, execution.session, { code: execution.code });
  }

  get id(): string {
    return this.msg.header.msg_id;
  }

  get done(): Promise<Reply> {
    return this._done.promise;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  /** Hand on what iopub brought, now or before this page was there. */
  publish(msgType: string, content: JSONObject): void {
    const msg = message<KernelMessage.IIOPubMessage>(msgType, 'iopub', '', '', content);
    void this.onIOPub(msg);
  }

  /** The execution has ended with this reply. */
  finish(content: JSONObject): void {
    const msg = message<Reply>('execute_reply', 'shell', '', '', content);
    this.ended = true;
    void this.onReply(msg);
    this._done.resolve(msg);
  }

  sendInputReply(
    content: KernelMessage.IInputReplyMsg['content'],
    parent: KernelMessage.IInputReplyMsg['parent_header']
  ): void {
    this._kernel.sendInputReply(content, parent);
  }

  // Hooks are for those who start executions.
  registerMessageHook(): void {}
  removeMessageHook(): void {}

  dispose(): void {
    this._disposed = true;
    this.onIOPub = this.onReply = this.onStdin = () => undefined;
  }

  private _done = new PromiseDelegate<Reply>();
  private _disposed = false;
}

/** A message with what an output area looks at. */
function message<T extends KernelMessage.IMessage>(
  type: string,
  channel: KernelMessage.Channel,
  id: string,
  session: string,
  content: JSONObject
): T {
  const header = { msg_type: type, msg_id: id, session, date: '', username: '', version: '5.4' };
  return { channel, header, parent_header: {}, metadata: {}, content, buffers: [] } as unknown as T;
}
