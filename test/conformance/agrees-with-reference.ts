import { test } from 'vitest';
import { check, type LayerCase } from './layer-case';
import { onEveryTarget, onEveryVariant } from './targets';

/** One test for each case on each target, dtype and layout. */
export function agreesWithReference(cases: readonly LayerCase[]): void {
  onEveryTarget((device) =>
    onEveryVariant((variant) => {
      for (const layerCase of cases) test(layerCase.name, () => check(device(), variant, layerCase));
    }),
  );
}
