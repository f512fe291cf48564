import { expect, test } from 'vitest';
import { mapShape } from '../reference/dense-array';
import { relativeError } from '../reference/relative-error';
import { everyOperation } from './every-operation';
import { download, upload } from './layer-case';
import { onEveryTarget } from './targets';

onEveryTarget((device) => {
  for (const { name, x, run } of everyOperation(3).filter(({ isMap }) => isMap))
    test(`NHWC and NCHW agree: ${name}`, async () => {
      using nhwcInput = upload(device(), x, { dtype: 'float32', layout: 'NHWC' }, true);
      using nchwInput = upload(device(), x, { dtype: 'float32', layout: 'NCHW' }, true);
      using nhwcOutput = run(nhwcInput);
      using nchwOutput = run(nchwInput);
      const nhwc = await download(nhwcOutput, true);
      const nchw = await download(nchwOutput, true);
      expect(mapShape(nchw)).toEqual(mapShape(nhwc));
      expect(relativeError(nchw.data, nhwc.data)).toBeLessThan(1e-6);
    });
});
