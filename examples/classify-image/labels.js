'use strict';

const { InputError } = require('./input-error');

/** The names of classes: one a line, the first for class 0. */
function parseLabels(text, name, classes) {
  const labels = text
    .replace(/^\uFEFF/, '')
    .replace(/\s+$/, '')
    .split(/\r?\n/);
  if (labels.length !== classes) throw new InputError(`Expected ${name} to hold ${classes} lines, one a class, got ${labels.length}`);
  return labels.map((label) => label.trim());
}

module.exports = { parseLabels };
