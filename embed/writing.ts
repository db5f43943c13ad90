/** (being written) */
import type { Tools } from './tools.ts';
import type { RareWidget } from './types.ts';

export type Writing = ReturnType<typeof createWriting>;

export function createWriting(_w: RareWidget, _tools: Tools) {
  return {
    furnish: (_form: HTMLFormElement, _text: HTMLTextAreaElement) => ({
      show(_what: 'tools' | 'preview'): void {},
    }),
    mention(_text: HTMLTextAreaElement): void {},
    paste(_text: HTMLTextAreaElement, _html: string, _plain: string): void {},
  };
}
