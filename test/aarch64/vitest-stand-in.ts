/**
 * What bundled tests import as `vitest`: its own runner and its own matchers, put together as it does. vitest itself compiles each file with native
 * code for this machine, which an emulated process can't load. A test that imports more than this does not bundle.
 */
import { type Assertion, GLOBAL_EXPECT, JestAsymmetricMatchers, JestChaiExpect, JestExtend } from '@vitest/expect';
import { getCurrentTest, type Task } from '@vitest/runner';
import * as chai from 'chai';

export { afterAll, afterEach, beforeAll, beforeEach, describe, it, onTestFinished, suite, test } from '@vitest/runner';

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

/** The test is told of assertions that it does not wait for. */
export const expect = Object.assign((value: unknown, message?: string) => {
  const assertion = chai.expect(value, message) as Assertion & { withTest(test: Task): Assertion };
  const running = getCurrentTest();
  return running === undefined ? assertion : assertion.withTest(running);
}, chai.expect);
Object.defineProperty(globalThis, GLOBAL_EXPECT, { value: expect });
