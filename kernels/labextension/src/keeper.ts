const PREFIX = 'curious-outputs';

/**
 * Two pages that show one notebook must not both save it: the second would find the file changed. The page that started
 * an execution saves it; when it is gone, the page that has been open the longest. Web Locks tell who is there, and
 * the browser releases those of a page that crashed. Without them (a page from another machine without TLS), each
 * page thinks that it is alone.
 */
export class Keeper {
  constructor(kernel: string, private _session: string) {
    this._turn = `${PREFIX}/kernel/${kernel}`;
    for (const name of [page(_session), this._turn]) {
      this._locks?.request(name, { signal: this._abort.signal }, () => this._held).catch(() => undefined);
    }
  }

  /** Whether this page saves executions that `session` started. */
  async keeps(session: string): Promise<boolean> {
    if (!this._locks) {
      return true;
    }
    const held = (await this._locks.query()).held ?? [];
    if (session !== this._session && held.some(lock => lock.name === page(session))) {
      return false;
    }
    const self = held.find(lock => lock.name === page(this._session));
    const first = held.find(lock => lock.name === this._turn);
    return !first || first.clientId === self?.clientId;
  }

  /** Wait until the page of `session` is gone; then as `keeps`. */
  async inherits(session: string): Promise<boolean> {
    try {
      if (session !== this._session) {
        await this._locks?.request(page(session), { mode: 'shared', signal: this._abort.signal }, () => undefined);
      }
      return await this.keeps(session);
    } catch {
      return false; // this page, or its kernel, is gone first
    }
  }

  dispose(): void {
    this._abort.abort();
    this._release();
  }

  private _turn: string;
  private _locks: LockManager | undefined = navigator.locks;
  private _abort = new AbortController();
  private _release: () => void = () => undefined;
  private _held = new Promise<void>(resolve => {
    this._release = resolve;
  });
}

function page(session: string): string {
  return `${PREFIX}/page/${session}`;
}
