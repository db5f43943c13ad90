/** What the writing tools say, in English; by the same rules as texts.ts. Loads with them. */

export const writingEnglish = {
  write: 'Write',
  previewEmpty: 'There is nothing to preview yet.',
  bold: 'Bold',
  italic: 'Italic',
  strike: 'Strikethrough',
  link: 'Link',
  quote: 'Quote',
  code: 'Code',
  list: 'List',
  numbered: 'Numbered list',
  mentionList: 'People in this discussion',
  mentionCount: (n: number) => `${n} ${n === 1 ? 'person' : 'people'} found`,
};
