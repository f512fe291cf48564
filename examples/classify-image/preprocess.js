'use strict';

const { resizeAndCrop } = require('./resize');

/** What the training of published weights has its images go through; means and deviations are of values from 0 to 1. */
const IMAGENET = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225], resize: 256 / 224 };
const CIFAR10 = { mean: [0.4914, 0.4822, 0.4465], deviation: [0.2023, 0.1994, 0.201], resize: 1 };

/**
 * An image as a network's input: resized, cropped, normalised.
 *
 * @param {{ width: number, height: number, data: Uint8Array }} image RGB, row by row
 * @param {object} options
 * @param {number} options.inputSize the side of the network's images, in pixels
 * @param {{ mean: number[], deviation: number[], resize: number }} options.dataset what the network was trained on
 * @param {number} [options.resize] what the image's shorter side becomes before the crop; default: 256 for an input of 224 and so on in proportion, or for CIFAR-10 the input's size
 * @returns {Float32Array} [1, inputSize, inputSize, 3]
 */
function preprocess(image, { inputSize, dataset, resize = Math.round(inputSize * dataset.resize) }) {
  const { mean, deviation } = dataset;
  const pixels = resizeAndCrop(image, resize, inputSize);
  return Float32Array.from(pixels, (value, at) => (value / 255 - mean[at % 3]) / deviation[at % 3]);
}

module.exports = { CIFAR10, IMAGENET, preprocess };
