import { afterEach, describe, expect, it } from 'vitest';
import { command } from '../../bench/commands';

afterEach(() => {
  delete process.env.WHT_COMMAND;
});

describe('command', () => {
  it("is npm's script in a clone, with arguments after the two dashes", () => {
    expect(command('bench')).toBe('npm run bench:jetson');
    expect(command('compare', 'A.json B.json')).toBe('npm run bench:compare -- A.json B.json');
  });

  it('is what the user typed where the package is installed, whichever of the two runs', () => {
    for (const typed of ['npx wht-layers bench', 'npx wht-layers compare']) {
      process.env.WHT_COMMAND = typed;
      expect(command('bench')).toBe('npx wht-layers bench');
      expect(command('compare', 'A.json B.json')).toBe('npx wht-layers compare A.json B.json');
    }
  });
});
