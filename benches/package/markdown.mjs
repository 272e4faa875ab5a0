// Tables and paragraphs of the page.

const WIDTH = 120;

export function tableOf(head, lines) {
  const text = (cells) => `| ${cells.join(' | ')} |`;
  return [text(head), `|---|${'---:|'.repeat(head.length - 1)}`, ...lines.map(text)].join('\n');
}

export function wrapped(text, indent = '') {
  const lines = [''];
  for (const word of text.split(' ')) {
    const longer = lines.at(-1) === '' ? word : `${lines.at(-1)} ${word}`;
    if (longer.length <= WIDTH) lines[lines.length - 1] = longer;
    else lines.push(`${indent}${word}`);
  }
  return lines.join('\n');
}
