/** Loads the package, which must go well, and prints the error of opening the CPU. */
const { openDevice, WhtError } = require('wht-layers');

try {
  openDevice('cpu').close();
  console.log('null');
} catch (error) {
  if (!(error instanceof WhtError)) throw error;
  const { name, code, message } = error;
  console.log(JSON.stringify({ name, code, message }));
}
