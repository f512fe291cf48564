/** The example's probabilities are the softmax of the logits, and its classes those with the largest. */
import { expect, test } from 'vitest';
import { parseLabels, softmax, topClasses } from './parts';

test('softmax gives e^z / Σ e^z', () => {
  const powers = [1, Math.E, Math.E ** 3];
  const sum = powers.reduce((total, power) => total + power, 0);
  for (const [at, probability] of softmax([0, 1, 3]).entries()) expect(probability).toBeCloseTo((powers[at] as number) / sum, 14);
});

test('softmax of large logits is finite', () => {
  expect(softmax(Float32Array.of(3e38, 3e38, -3e38))).toEqual([0.5, 0.5, 0]);
  expect(softmax(Float32Array.of(-3e38))).toEqual([1]);
});

test('the most probable come first, equal ones by number, and no more than there are', () => {
  const numbers = (logits: number[], count: number) => topClasses(Float32Array.from(logits), count).map(({ number }) => number);
  expect(numbers([1, 5, -2, 5, 3, 0, 10], 5)).toEqual([6, 1, 3, 4, 0]);
  expect(numbers([1, 2], 5)).toEqual([1, 0]);
  expect(numbers([-5000, 9000, -3000, -4000], 5)).toEqual([1, 2, 3, 0]);
});

test('labels are one a line, with any line endings', () => {
  expect(parseLabels('\uFEFFcat\r\nbig dog \r\nfish\r\n', 'it', 3)).toEqual(['cat', 'big dog', 'fish']);
  expect(parseLabels('\ncat', 'it', 2)).toEqual(['', 'cat']);
});

test('labels must be as many as the classes', () => {
  expect(() => parseLabels('cat\ndog\n', 'labels.txt', 3)).toThrow(/^Expected labels.txt to hold 3 lines, one a class, got 2$/);
});
