/**
 * Lets `using` release objects of a class, where the runtime knows `Symbol.dispose` (Node 18.18 and later; Node 16 lacks it,
 * and a class body that named it there would declare a method called "undefined").
 */
export function disposable(prototype: object, release: (this: never) => void): void {
  if (typeof Symbol.dispose === 'symbol') {
    Object.defineProperty(prototype, Symbol.dispose, { value: release, configurable: true, writable: true });
  }
}
