/** How to read the figures. */
import { PROTOCOLS } from '../schema';
import { type Html, html } from './html';
import { PROTOCOL_MEANINGS, PROTOCOL_TITLES } from './words';

const QUESTIONS = {
  throughput: 'How fast are the layers alone? On a GPU this is the kernel against the fastest algorithm that cuDNN has.',
  copies: 'What does a program gain that has plain arrays and wants plain arrays?',
  'host-visible': 'What does a program gain that keeps its data in memory that CPU and GPU share?',
  paper: 'Does the paper’s comparison hold here? Only these rows stand beside the paper’s figures.',
} as const;

export function reading(): Html {
  return html`
<section aria-labelledby="reading"><h2 id="reading">Notes</h2>
<p>Each protocol asks a question of its own: a ratio of one says nothing about another’s, and the paper’s ratio is no yardstick for throughput.</p>
<h3>Which protocol answers which question</h3>
<dl class="protocols">${PROTOCOLS.map(
    (protocol) =>
      html`<div><dt>${PROTOCOL_TITLES[protocol]}</dt><dd>${QUESTIONS[protocol]} <span>${PROTOCOL_MEANINGS[protocol]}</span></dd></div>`,
  )}</dl>
<h3>How it was measured</h3>
<ul>
<li>Each layer runs in processes of its own. After a warm-up the sides take turns in rounds, so that whatever slows the machine for a while slows all of them.</li>
<li>Times are medians of the rounds’ medians, and a speed-up is the median of the rounds’ ratios. Under throughput a sample is the mean of as many calls as take some milliseconds, elsewhere a single call; p90 and p99 are of these samples, from ten and a hundred of them on.</li>
<li>The interval of a speed-up holds the true median of the rounds’ ratios with 95 % confidence. It is of this run: others differ by more. It is absent with fewer than six rounds.</li>
<li>The baseline is the fastest implementation found, in whatever layout; slower ones stand below it. Outputs are compared before anything is timed.</li>
<li>Layer / copy: the layer’s time over that of a copy of the same tensor by the same protocol. A batch that fits the cache is copied within it. Where copies vary, values below 1 are possible.</li>
<li>A flag says what spoils a row: clocks that fell or never settled. A row that could not be measured says “failed” and why.</li>
<li>MB are 10<sup>6</sup> bytes; the machine’s memory is in GiB, 2<sup>30</sup> bytes. GB/s count bytes read and bytes written. Operations are additions and multiplications.</li>
</ul>
<h3>Why the paper’s figures differ</h3>
<p>The paper (arXiv 2201.02711) gives about 24× and 19.51 % less memory for the 2D layer in the place of a 3×3 convolution, 10×8×8×1024: ten images, one a call, so that rows of its protocol say
1×8×8×1024. It was measured on the CPU of a Jetson Nano with
TensorFlow Lite, one image a call, with input set and output got, and without a warm-up. The 1D layer’s 1.94× (2.3204 s against 1.1973 s) is an earlier paper’s (arXiv 2104.07085). Another machine, another library and
another convolution give other ratios: the faster the convolution, the smaller the ratio.</p>
<p>The paper does not say whose memory it is. That of one process is inferred: the convolution’s kernel has 37.75 MB, the layer’s parameters 512 bytes, and 37.75 MB are 19.51 % of 193 MB. A process whose libraries take more or less than TensorFlow
Lite’s gives another percentage for the same 37.75 MB.</p>
</section>`;
}
