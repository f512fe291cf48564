import { describe } from 'vitest';
import { agreesWithReference } from './agrees-with-reference';
import { everyOperation } from './every-operation';
import { activateCase, binaryCase, blockWht1dCase, conv2dCase, copyCase, cropOrPadCase, fwht1dCase, fwhtCase } from './layer-case';
import { parameters, samples } from './samples';

describe('a batch of no images', () => agreesWithReference(everyOperation(0)));

describe('a map of no positions', () =>
  agreesWithReference(
    [samples([2, 0, 4, 8]), samples([2, 4, 0, 8])].flatMap((x) => [
      blockWht1dCase(x, { inChannels: 8 }),
      blockWht1dCase(x, { inChannels: 8, outChannels: 20, stride: 2 }),
      conv2dCase(x, { inChannels: 8, outChannels: 4, kernelSize: 3, kernel: parameters(8 * 4 * 9, -1, 1), bias: parameters(4, -1, 1) }),
      binaryCase('add', x, samples([2, 1, 1, 8])),
      binaryCase('softThreshold', x, 0.5),
      fwhtCase(x),
      fwhtCase(x, { axis: 1, blockSize: 4 }),
      copyCase(x),
      activateCase(x, 'relu'),
      fwht1dCase(x, { outChannels: 20 }),
      // The one operation that makes something of nothing.
      cropOrPadCase(x, { height: 3, width: 2, channels: 5 }),
    ]),
  ));
