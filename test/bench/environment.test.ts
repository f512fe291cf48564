import { expect, it } from 'vitest';
import { environment } from '../../bench/environment';

it('the environment names processor and versions, and leaves out what this machine does not have', () => {
  const info = { kind: 'cpu', name: 'Cortex-A57', backend: 'cpu neon', simd: 'neon', memoryTotal: 1, memoryFree: 1 } as const;
  const found = environment(info, 4);
  expect(found).toMatchObject({ cpu: 'Cortex-A57', simd: 'neon', threads: 4, node: process.versions.node });
  expect(found.versions['wht-layers']).toMatch(/^\d+\.\d+\.\d+/);
  expect(JSON.parse(JSON.stringify(found))).toStrictEqual(found);
});
