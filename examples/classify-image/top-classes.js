'use strict';

/** The probabilities e^z / Σ e^z of a row of logits z. */
function softmax(logits) {
  // e to the power of large logits would be infinite; their differences are what counts.
  const largest = logits.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
  const powers = Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/**
 * The most probable classes, the most probable first.
 *
 * @param {Float32Array} logits
 * @returns {{ number: number, probability: number }[]} `count` of them, or as many as there are
 */
function topClasses(logits, count) {
  const probabilities = softmax(logits);
  // By their logits: of improbable classes the probabilities are too small to differ.
  const numbers = [...probabilities.keys()].sort((a, b) => logits[b] - logits[a] || a - b);
  return numbers.slice(0, count).map((number) => ({ number, probability: probabilities[number] }));
}

module.exports = { softmax, topClasses };
