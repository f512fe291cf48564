#!/usr/bin/env node
/**
 * Says what is in a picture: decodes a JPEG or PNG file, runs a network with the weights of a safetensors file, and prints the five most probable classes.
 *
 *     npm install wht-layers jpeg-js pngjs
 *     node classify-image.js --network resnet50 --weights resnet50.safetensors --labels labels.txt photo.jpg
 */
'use strict';

const { readFileSync } = require('node:fs');
const { performance } = require('node:perf_hooks');
const { parseCommandLine, USAGE } = require('./classify-image/command-line');
const { decodeImage } = require('./classify-image/decode');
const { InputError } = require('./classify-image/input-error');
const { parseLabels } = require('./classify-image/labels');
const { CIFAR10, IMAGENET, preprocess } = require('./classify-image/preprocess');
const { topClasses } = require('./classify-image/top-classes');

const DATASETS = { resnet20: CIFAR10, resnet50: IMAGENET, mobileNetV2: IMAGENET, mobileNetV3Large: IMAGENET };

async function main() {
  const { help, ...given } = parseCommandLine(process.argv.slice(2));
  if (help) {
    process.stdout.write(USAGE);
    return;
  }
  const wht = requireWhtLayers();
  const watch = stopwatch();
  const image = decodeImage(readInput(given.image, 'an image'), given.image);
  const decoding = watch();

  const device = wht.openDevice(given.device);
  try {
    const network = await wht[given.network](device, { ...given.networkOptions, weights: given.weights });
    const { inputSize, classes } = network;
    if (given.resize < inputSize)
      throw new InputError(`Expected --resize to be at least ${inputSize}, the input's size, got ${given.resize}`);
    const labels = given.labels && parseLabels(readInput(given.labels, 'labels').toString(), given.labels, classes);
    const loading = watch();

    const input = preprocess(image, { inputSize, dataset: DATASETS[given.network], resize: given.resize });
    const preparing = watch();

    const x = device.tensor(input, [1, inputSize, inputSize, 3]);
    const logits = await network.forward(x).read();
    const classifying = watch();
    // Finite parameters of another variant or network can still overflow.
    if (!logits.every(Number.isFinite))
      throw new InputError(`Expected ${given.weights} to be trained for this network, got infinite or undefined outputs`);

    console.log(`${given.image}: ${image.width}x${image.height}`);
    for (const [at, { number, probability }] of topClasses(logits, 5).entries()) {
      console.log(`${at + 1}. ${percent(probability)}  ${labels ? `${labels[number]} (class ${number})` : `class ${number}`}`);
    }
    console.log(
      `${network.name} on ${device.kind}, its first run: ${classifying} ms; decoding the image ${decoding} ms, resizing it ${preparing} ms, loading the weights ${loading} ms`,
    );
  } finally {
    device.close();
  }
}

function requireWhtLayers() {
  try {
    return require('wht-layers');
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    throw new InputError('Expected the package wht-layers, got none: npm install wht-layers (in a clone: npm run build)');
  }
}

function readInput(file, what) {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new InputError(`Expected ${what} in ${file}, got ${error.message}`);
  }
}

/** Gives the milliseconds since it was last asked. */
function stopwatch() {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const elapsed = now - last;
    last = now;
    return elapsed.toFixed(1);
  };
}

function percent(probability) {
  return `${(100 * probability).toFixed(2).padStart(6)} %`;
}

main().catch((error) => {
  // WhtError: wht-layers' own, whose messages are made to be read.
  const isExpected = error instanceof InputError || error.name === 'WhtError';
  console.error(isExpected ? `classify-image: ${error.message.replace(/\s*\n\s*/g, '; ')}` : error);
  process.exitCode = 1;
});
