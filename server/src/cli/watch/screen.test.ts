import { expect, test } from 'vitest';
import { Screen } from './screen.js';

function makeTerminal() {
  const terminal = {
    columns: 20,
    rows: 3,
    written: [] as string[],
    write: (text: string) => terminal.written.push(text),
  };
  return terminal;
}

test('only lines that changed are written', () => {
  const terminal = makeTerminal();
  const screen = new Screen(terminal);
  screen.open();
  screen.draw(['one', 'two', 'three']);
  terminal.written.length = 0;
  screen.draw(['one', 'TWO', 'three']);
  expect(terminal.written.join('')).toContain('\u001b[2;1HTWO');
  expect(terminal.written.join('')).not.toContain('three');
  terminal.written.length = 0;
  screen.draw(['one', 'TWO', 'three']);
  expect(terminal.written).toEqual([]);
});

test('another size draws everything anew', () => {
  const terminal = makeTerminal();
  const screen = new Screen(terminal);
  screen.open();
  screen.draw(['one']);
  terminal.columns = 30;
  terminal.written.length = 0;
  screen.draw(['one']);
  expect(terminal.written.join('')).toContain('\u001b[2J');
  expect(terminal.written.join('')).toContain('one');
});

test('the terminal is given back once, and nothing is drawn after that', () => {
  const terminal = makeTerminal();
  const screen = new Screen(terminal);
  screen.open();
  terminal.written.length = 0;
  screen.close();
  screen.close();
  screen.draw(['late']);
  expect(terminal.written).toEqual(['\u001b[?7h\u001b[?25h\u001b[?1049l']);
});
