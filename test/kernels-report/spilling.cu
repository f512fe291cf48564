// What spilling.*.txt were recorded from, by CUDA 11.8: nvcc -std=c++14 -arch=sm_53 -cubin -Xptxas -v,-dlcm=ca, and nvdisasm -ndf, of which
// the sections .nv.info.* and .text.* of the kernel are kept. contiguous_dense.*.txt are contiguous_dense<float, 4, kSoft>, made alike.
template <int N>
__global__ void __launch_bounds__(1024, 2) spilling(int count, const float* input, float* output) {
  float v[N];
#pragma unroll
  for (int i = 0; i < N; i++) v[i] = input[i * 64 + threadIdx.x];
#pragma unroll 1
  for (int k = 0; k < count; k++) {
#pragma unroll
    for (int i = 0; i < N; i++) v[i] = v[i] * v[(i + 7) % N] + v[(i + 3) % N];
  }
#pragma unroll
  for (int i = 0; i < N; i++) output[i * 64 + threadIdx.x] = v[i];
}
template __global__ void spilling<32>(int, const float*, float*);
