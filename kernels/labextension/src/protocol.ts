import { JSONObject } from '@lumino/coreutils';

/** The comm target and the version of what PROTOCOL.md describes. */
export const TARGET = 'curious.outputs';
export const VERSION = 1;

/** An execution that the kernel kept. */
export interface Execution {
  type: 'execution';
  cell: string;
  code: string;
  msg_id: string;
  session: string;
  state: 'queued' | 'running' | 'done';
  messages: { msg_type: string; content: JSONObject }[];
  reply?: JSONObject;
  truncated?: boolean;
}

/** The end of an execution. */
export interface Done {
  type: 'done';
  cell: string;
  msg_id: string;
  session: string;
  reply: JSONObject;
}

/** What the kernel sends over the comm. */
export type FromKernel = Execution | Done | { type: 'ready' } | { type: 'error'; why: string };
