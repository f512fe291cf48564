import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { glibcVersion, installCommand } from '../../bench/onnx-runtime';
import { isInstalled, requireOptional } from '../../bench/optional-packages';

describe('installCommand', () => {
  it.each([
    ['2.27', 'linux arm64', 'npm i onnxruntime-node@1.16.3 onnx-proto'],
    ['2.17', 'linux x64', 'npm i onnxruntime-node@1.16.3 onnx-proto'],
    ['2.28', 'linux arm64', 'npm i onnxruntime-node onnx-proto'],
    ['2.36', 'linux x64', 'ONNXRUNTIME_NODE_INSTALL=skip npm i onnxruntime-node onnx-proto'],
    ['3.0', 'linux arm64', 'npm i onnxruntime-node onnx-proto'],
  ])('with glibc %s on %s is %s', (glibc, platform, command) => {
    expect(installCommand(glibc, platform)).toBe(command);
  });
});

describe('glibcVersion', () => {
  it.skipIf(process.platform !== 'linux')("is the system's", () => {
    expect(glibcVersion()).toBe(execFileSync('getconf', ['GNU_LIBC_VERSION'], { encoding: 'utf8' }).replace('glibc ', '').trim());
  });
});

describe('an optional package', () => {
  let project: string;
  const before = process.cwd();
  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'wht-project-'));
    process.chdir(project);
  });
  afterEach(() => {
    process.chdir(before);
    rmSync(project, { recursive: true });
  });

  it('is found beside wht-layers wherever the user is', () => {
    expect(isInstalled('onnx-proto')).toBe(true);
    expect(requireOptional<{ version: string }>('onnx-proto/package.json').version).toMatch(/^\d+\./);
  });

  it("is found in the user's project where wht-layers lies elsewhere", () => {
    const name = 'only-in-this-project';
    expect(isInstalled(name)).toBe(false);
    expect(() => requireOptional(name)).toThrow(/Cannot find module/);
    mkdirSync(join(project, 'node_modules'));
    symlinkSync(resolve(before, 'node_modules', 'onnx-proto'), join(project, 'node_modules', name));
    expect(isInstalled(name)).toBe(true);
    expect(requireOptional(name)).toHaveProperty('onnx.ModelProto');
  });
});
