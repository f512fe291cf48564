/** This process's environment without what npm and vitest have put into it, and without what would change how the package is built or loaded. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const leftOut = /^(npm_.*|pnpm_.*|WHT_.*|CUDA.*|VITEST.*|NODE_(OPTIONS|ENV|PATH)|CC|CXX|CMAKE.*|MAKEFLAGS|TEST|DEV|PROD|MODE|INIT_CWD)$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !leftOut.test(name)));
}
