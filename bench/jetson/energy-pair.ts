import type { Energy, MeasuredRow, Side } from './schema';

type WithEnergy = Side & { energy: Energy };

/** The two sides whose energy can be compared; undefined where that of one is not known. The baseline may be a slower one than the row's. */
export function energyPair({ subject, baseline, others }: MeasuredRow): { subject: WithEnergy; baseline: WithEnergy } | undefined {
  const known = [baseline, ...others].find(hasEnergy);
  return hasEnergy(subject) && known !== undefined ? { subject, baseline: known } : undefined;
}

function hasEnergy(side: object): side is WithEnergy {
  return 'energy' in side;
}
