import type { Comparison } from '../comparison';
import { throughput } from '../throughput';
import { WORKLOADS } from '../workloads';
import { againstBaseline } from './against-baseline';
import { large } from './large';
import { againstOnnxGraph } from './onnx-graph';

/** Every comparison, in the order of the report. */
export const COMPARISONS: readonly Comparison[] = [...WORKLOADS.map(againstBaseline), againstOnnxGraph, large].map(throughput);
