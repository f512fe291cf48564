'use strict';

const { parseArgs } = require('node:util');
const { InputError } = require('./input-error');

const NETWORKS = ['resnet20', 'resnet50', 'mobileNetV2', 'mobileNetV3Large'];

const USAGE = `Usage: node classify-image.js --network NAME --weights FILE [options] IMAGE

  --network NAME      ${NETWORKS.join(', ')}
  --weights FILE      its parameters, as safetensors
  --labels FILE       names of the classes, one a line; without it classes are numbered from 0
  --device KIND       cpu or cuda; default: a GPU if there is a usable one
  --resize N          what the image's shorter side becomes before its middle is cut out; default: 256 for an input of 224

What the weights are of, as in the options of wht-layers' networks:
  --variant NAME      baseline (default), wht, ht-perceptron
  --style NAME        resnet20: keras or pytorch
  --paths N           ht-perceptron: 1 to 5
  --transform NAME    MobileNets with wht: block or fwht
  --classes N         default: 10 for resnet20, 1000 for the others
  --input-size N      default: 32 for resnet20, 224 for the others
  --options JSON      any others, such as '{"replaceLastConvolution": true}'
`;

/** Options that go to the network as they are, and by which name. */
const NETWORK_OPTIONS = {
  variant: 'variant',
  style: 'style',
  paths: 'paths',
  transform: 'transform',
  classes: 'classes',
  'input-size': 'inputSize',
};
const NUMBERS = ['paths', 'classes', 'input-size', 'resize'];
const OPTIONS = ['network', 'weights', 'labels', 'device', 'resize', 'options', ...Object.keys(NETWORK_OPTIONS)];

/**
 * @param {string[]} args without the program's own name
 * @throws {InputError}
 */
function parseCommandLine(args) {
  const options = { help: { type: 'boolean', short: 'h' } };
  for (const name of OPTIONS) options[name] = { type: 'string' };
  let parsed;
  try {
    parsed = parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    if (!String(error.code).startsWith('ERR_PARSE_ARGS')) throw error;
    throw new InputError(`${error.message.split(/\.\s/)[0]} (see --help)`);
  }
  const { values, positionals } = parsed;
  if (values.help) return { help: true };
  for (const name of ['network', 'weights']) {
    if (values[name] === undefined) throw new InputError(`Expected --${name}, got none (see --help)`);
  }
  if (!NETWORKS.includes(values.network)) {
    throw new InputError(`Expected --network to be ${NETWORKS.join(', ')}, got ${JSON.stringify(values.network)}`);
  }
  if (positionals.length !== 1) throw new InputError(`Expected one image file, got ${positionals.length} (see --help)`);
  const given = {};
  for (const name of OPTIONS)
    if (values[name] !== undefined) given[name] = NUMBERS.includes(name) ? wholeNumber(name, values[name]) : values[name];
  const networkOptions = given.options === undefined ? {} : jsonObject('options', given.options);
  for (const [name, option] of Object.entries(NETWORK_OPTIONS)) if (given[name] !== undefined) networkOptions[option] = given[name];
  const { network, weights, labels, device = 'auto', resize } = given;
  return { help: false, image: positionals[0], network, weights, labels, device, resize, networkOptions };
}

function wholeNumber(name, text) {
  if (!/^[1-9][0-9]{0,6}$/.test(text)) throw new InputError(`Expected --${name} to be a whole number above 0, got ${JSON.stringify(text)}`);
  return Number(text);
}

function jsonObject(name, text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new InputError(`Expected --${name} to be an object in JSON, got ${JSON.stringify(text)}`);
}

module.exports = { parseCommandLine, USAGE };
