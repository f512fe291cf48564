// biome-ignore-all lint/correctness/noUnusedVariables: other scripts of the page use what this one defines.
/** Draws into the element of this id, and again whenever its width changes. */
function keepDrawn(id: string, draw: (width: number) => Element): void {
  const box = document.getElementById(id);
  if (box === null) return;
  let drawn = 0;
  const drawToFit = () => {
    const width = Math.floor(box.clientWidth);
    if (width === 0 || width === drawn) return;
    drawn = width;
    const chart = draw(width);
    chart.setAttribute('role', 'img');
    box.replaceChildren(chart);
  };
  drawToFit();
  // In the next frame: a chart that changed its own box in the same one would be called a loop.
  new ResizeObserver(() => requestAnimationFrame(drawToFit)).observe(box);
}

/** On a phone all figures are many screens, of which some are wanted. */
function closeOnPhones(): void {
  if (!window.matchMedia('(max-width: 40rem)').matches) return;
  for (const details of document.querySelectorAll<HTMLDetailsElement>('details.protocol')) details.open = false;
}

/** Closed details would be missing from paper. */
function openForPrint(): void {
  let opened: HTMLDetailsElement[] = [];
  window.addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll('details')].filter((details) => !details.open);
    for (const details of opened) details.open = true;
  });
  window.addEventListener('afterprint', () => {
    for (const details of opened) details.open = false;
  });
}
