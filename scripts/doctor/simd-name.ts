const NAMES: Readonly<Record<string, string>> = { avx512: 'AVX-512', avx2: 'AVX2', neon: 'NEON', portable: 'portable code' };

/** As people write it. */
export function simdName(simd: string): string {
  return NAMES[simd] ?? simd;
}
