import { agreesWithReference } from './agrees-with-reference';
import { cropOrPadCase } from './layer-case';
import { samples } from './samples';

agreesWithReference(
  [samples([2, 5, 7, 9]), samples([3, 1, 1, 1]), samples([1, 8, 8, 64])].flatMap((x) => [
    cropOrPadCase(x, {}),
    cropOrPadCase(x, { height: 8 }),
    cropOrPadCase(x, { height: 1 }),
    cropOrPadCase(x, { width: 8 }),
    cropOrPadCase(x, { width: 3 }),
    cropOrPadCase(x, { channels: 16 }),
    cropOrPadCase(x, { channels: 2 }),
    cropOrPadCase(x, { height: 3, width: 16, channels: 8 }),
    cropOrPadCase(x, { height: 16, width: 2, channels: 70 }),
  ]),
);
