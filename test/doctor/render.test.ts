import { describe, expect, it } from 'vitest';
import { diagnose } from '../../scripts/doctor/diagnose';
import { COLOURED, render, wrapped } from '../../scripts/doctor/render';
import { facts, installed, NO_NVCC } from './sample-machine';

describe('the page', () => {
  it('breaks lines between words, and no word', () => {
    expect(wrapped('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrapped('one /a/path/that/is/long two', 7)).toEqual(['one', '/a/path/that/is/long', 'two']);
    expect(wrapped('', 7)).toEqual(['']);
  });

  it('says each cure once: at the end, where it is what stands in the way', () => {
    const report = diagnose(facts('nano-nvcc-not-on-path', { without: [...NO_NVCC, 'cmake'] }, installed()));
    const page = render(report);
    const lines = page.split('\n').map((line) => line.trim());
    for (const cure of report.backend.because?.cure ?? []) expect(lines.filter((line) => line === cure)).toHaveLength(1);
    expect(page.trimEnd()).toMatch(
      / {2}sudo apt-get update && sudo apt-get install cuda-toolkit-10-2\n {2}sudo apt-get install cmake\n {2}npx wht-layers build$/,
    );
  });

  it('has colours where it is asked for them, and the same words', () => {
    const report = diagnose(facts('pc-without-driver', {}, installed()));
    const page = render(report, COLOURED);
    expect(page).toContain('\u001b[31m✗\u001b[0m driver');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what colours are made of
    expect(page.replace(/\u001b\[\d+m/g, '')).toBe(render(report));
  });
});
