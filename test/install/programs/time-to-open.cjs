/** Prints the milliseconds from nothing loaded to an open device. */
const start = performance.now();
const device = require('wht-layers').openDevice('cpu');
console.log(performance.now() - start);
device.close();
