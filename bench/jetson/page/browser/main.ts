/** Draws every chart of the page. */
const data = JSON.parse(document.getElementById('chart-data')?.textContent ?? '{}') as import('../chart-data').ChartData;

// Ratios have one scale, for they are of the same kind; times, bytes and energies of different panels are not compared.
const speedScale = speedDomain(data.speed);
for (const panel of data.speed) keepDrawn(panel.id, (width) => drawSpeed(panel, width, speedScale));

for (const panel of data.latency) keepDrawn(panel.id, (width) => drawLatency(panel, width));

for (const panel of data.memory) keepDrawn(panel.id, (width) => drawMemory(panel, width));

const frame = rooflineFrame(data.roofline);
for (const panel of data.roofline) keepDrawn(panel.id, (width) => drawRoofline(panel, width, frame));

for (const panel of data.energy) keepDrawn(panel.id, (width) => drawEnergy(panel, width));

closeOnPhones();
openForPrint();
