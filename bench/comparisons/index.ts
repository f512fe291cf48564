import type { Comparison } from '../comparison';
import { paperProtocol } from '../paper-protocol';
import { throughput } from '../throughput';
import { againstConv1x1 } from './conv-1x1';
import { againstConv3x3 } from './conv-3x3';
import { large } from './large';
import { againstOnnxGraph } from './onnx-graph';
import { againstSqueezeExcite } from './squeeze-excite';

/** Every comparison, in the order of the report. */
export const COMPARISONS: readonly Comparison[] = [
  paperProtocol,
  ...[againstConv3x3, againstConv1x1, againstSqueezeExcite, againstOnnxGraph, large].map(throughput),
];
