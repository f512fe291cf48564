import { addonFindings, addonTrouble, cudaLibraryFinding, packageFinding } from './addon-findings';
import { backend as backendOf } from './backend';
import { cures as curesOf } from './cures';
import { hasGpu } from './gpu-presence';
import { boardFinding, cudnnFinding, driverFinding, gpuFinding, nodeFinding, processorFinding, systemFinding } from './machine-findings';
import type { Cause, DoctorReport, Facts, Finding, Obstacle } from './schema';
import { cmakeFinding, compilerFinding, toolkitFinding } from './tool-findings';

/** Against these something is built. */
const BUILT: readonly Cause[] = [
  'addon-not-loaded',
  'not-built',
  'no-toolkit',
  'toolkit-unfit',
  'driver-too-old',
  'library-unusable',
  'library-crashes',
];

/** What is the matter with a machine and the package on it, and what to do about it. */
export function diagnose(facts: Facts): DoctorReport {
  const cures = curesOf(facts);
  const backend = backendOf(facts, cures);
  const { because } = backend;
  const gpu = hasGpu(facts.machine);
  const builds = facts.package === undefined ? gpu : because !== undefined && BUILT.includes(because.cause);
  const findings = [
    packageFinding(facts),
    ...addonFindings(facts, addonTrouble(facts, cures)),
    ...cudaLibraryFinding(facts, because),
    boardFinding(facts),
    processorFinding(facts),
    systemFinding(facts),
    nodeFinding(facts, cures),
    compilerFinding(facts, builds, cures),
    cmakeFinding(facts, builds, cures),
    toolkitFinding(facts, builds, gpu, cures),
    driverFinding(facts),
    gpuFinding(facts),
    cudnnFinding(facts, backend.kind === 'cuda', cures),
  ];
  return { schema: 1, backend, findings: findings.map((finding) => marked(finding, because)), facts };
}

/** What stands in the way is a problem of its subject, whatever else is known of it. */
function marked(finding: Finding, because: Obstacle | undefined): Finding {
  if (because?.subject !== finding.subject || because.cause === 'no-gpu' || because.cause === 'asked-for-cpu') return finding;
  return { ...finding, state: 'problem', ...(because.cure && { cure: because.cure }) };
}
