import { agreesWithReference } from './agrees-with-reference';
import { poolCase } from './layer-case';
import { samples } from './samples';

agreesWithReference(
  (['maxPool2d', 'averagePool2d'] as const).flatMap((name) => [
    poolCase(name, samples([2, 8, 8, 5]), { size: 2 }),
    poolCase(name, samples([2, 9, 7, 17]), { size: 3, stride: 2, padding: 1 }),
    poolCase(name, samples([1, 5, 6, 33]), { size: 3, stride: 1, padding: 2 }),
    poolCase(name, samples([1, 7, 9, 4]), { size: 1, stride: 3 }),
    poolCase(name, samples([2, 7, 7, 3]), { size: 7 }),
    poolCase(name, samples([1, 4, 70, 3]), { size: 4, stride: 5 }),
    // A window larger than the map, and a whole map in each window.
    poolCase(name, samples([2, 3, 2, 5]), { size: 9, stride: 1, padding: 8 }),
    poolCase(name, samples([1, 64, 64, 2]), { size: 64 }),
    poolCase(name, samples([1, 1, 1, 1]), { size: 1 }),
  ]),
);
