/** The example's own files, which are plain JavaScript, with the types that the tests need. */
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../examples/classify-image/', import.meta.url));

export interface RgbImage {
  width: number;
  height: number;
  data: Uint8Array;
}

export interface Dataset {
  mean: number[];
  deviation: number[];
  resize: number;
}

export const { decodeImage } = require('./decode') as { decodeImage(bytes: Buffer, name: string): RgbImage };
export const { exifOrientation } = require('./orientation') as { exifOrientation(tiff: Uint8Array): number };
export const { resizeAndCrop } = require('./resize') as { resizeAndCrop(image: RgbImage, shorterSide: number, size: number): Uint8Array };
export const { CIFAR10, IMAGENET, preprocess } = require('./preprocess') as {
  CIFAR10: Dataset;
  IMAGENET: Dataset;
  preprocess(image: RgbImage, options: { inputSize: number; dataset: Dataset; resize?: number }): Float32Array;
};
export const { softmax, topClasses } = require('./top-classes') as {
  softmax(logits: ArrayLike<number>): number[];
  topClasses(logits: ArrayLike<number>, count: number): { number: number; probability: number }[];
};
export const { parseLabels } = require('./labels') as { parseLabels(text: string, name: string, classes: number): string[] };
