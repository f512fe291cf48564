/** native/prebuild: what is linked so needs no new glibc and no libstdc++, and works for all that. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

interface Checked {
  highest: Record<string, string>;
  problems: string[];
}

const load = createRequire(import.meta.url);
const { checkLibrary } = load('../../scripts/prebuilds/check.js') as {
  checkLibrary(file: string, name: string, machine: string): Checked;
};
const { TARGETS } = load('../../scripts/prebuilds/targets.js') as { TARGETS: { arch: string; machine: string }[] };
const machine = TARGETS.find(({ arch }) => arch === process.arch)?.machine as string;

/** An addon of all that brings new versions: threads, dlopen, files, shared pointers, exceptions. It ends the process where one of them fails. */
const ADDON = `
#include <dlfcn.h>
#include <cstdlib>
#include <fstream>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

__attribute__((visibility("default"))) std::string shown_to_others() { return "exported"; }

extern "C" __attribute__((visibility("default"))) void* napi_register_module_v1(void*, void* exports) {
  std::string name;
  std::ifstream("/proc/self/comm") >> name;
  if (name.empty()) std::exit(11);
  if (dlsym(dlopen(nullptr, RTLD_NOW), "napi_create_object") == nullptr) std::exit(12);
  auto counted = std::make_shared<int>(0);
  std::mutex mutex;
  const auto add = [&mutex, copy = counted] { for (int i = 0; i < 1000; i++) { auto another = copy; std::lock_guard<std::mutex> lock(mutex); ++*another; } };
  std::thread first(add), second(add);
  first.join();
  second.join();
  if (*counted != 2000) std::exit(13);
  try {
    std::async(std::launch::async, [] { throw std::runtime_error("thrown on another thread"); }).get();
    std::exit(14);
  } catch (const std::exception& error) {
    if (std::string(error.what()) != "thrown on another thread") std::exit(15);
  }
  return exports;
}
`;

let folder: string;
let addon: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'wht-old-glibc-'));
  addon = join(folder, 'build', 'tiny.node');
  writeFileSync(join(folder, 'tiny.cc'), ADDON);
  writeFileSync(
    join(folder, 'CMakeLists.txt'),
    `cmake_minimum_required(VERSION 3.10)
project(tiny CXX)
set(CMAKE_CXX_STANDARD 17)
include(${resolve('native/prebuild/old_glibc.cmake')})
add_library(tiny MODULE tiny.cc)
set_target_properties(tiny PROPERTIES PREFIX "" SUFFIX ".node")
link_to_old_glibc(tiny)
`,
  );
  execFileSync('cmake', ['-S', folder, '-B', join(folder, 'build')]);
  execFileSync('cmake', ['--build', join(folder, 'build'), '--target', 'tiny'], { stdio: 'pipe' });
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

test('it keeps to the floor', () => {
  expect(checkLibrary(addon, 'tiny.node', machine)).toMatchObject({ problems: [], highest: { GLIBCXX: 'none', CXXABI: 'none' } });
});

test('it runs', () => {
  execFileSync(process.execPath, ['-e', `require(${JSON.stringify(addon)})`]);
});

test('it exports what Node.js asks for, and nothing that could be taken for a part of the libstdc++ of Node.js', () => {
  const symbols = execFileSync('readelf', ['--wide', '--dyn-syms', addon], { encoding: 'utf8' });
  const exported = symbols.split('\n').filter((line) => /\b(GLOBAL|WEAK|UNIQUE)\b/.test(line) && !line.includes(' UND '));
  expect(exported.map((line) => line.trim().split(/\s+/)[7])).toEqual(['napi_register_module_v1']);
});

test('it stays when the last worker that loaded it ends: others of its threads may still run', () => {
  const script = `
    const { Worker } = require('node:worker_threads');
    const { readFileSync } = require('node:fs');
    new Worker(${JSON.stringify(`require(${JSON.stringify(addon)})`)}, { eval: true }).on('exit', () => {
      console.log(readFileSync('/proc/self/maps', 'utf8').includes('tiny.node'));
    });`;
  expect(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' })).toBe('true\n');
});
