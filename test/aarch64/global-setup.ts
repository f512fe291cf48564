import { emulatedNode } from './emulator';
import { installPackage } from './installed-package';

/** Before all tests: what they run in, and on. */
export default function setup(): void {
  emulatedNode('node20');
  installPackage();
}
