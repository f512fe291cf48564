/*
 * Prints what the kernels' own constants say, a line for each kernel and size: its name, the points of a block, how many elements a thread
 * transforms (of one lane, where lanes are an argument of the template), how many threads a block of threads has. Compiled for the host,
 * with native/cuda-emulation/include in the place of CUDA's headers.
 */

#include <cstdio>

#include "../../native/cuda/kernels/contiguous.cuh"
#include "../../native/cuda/kernels/strided.cuh"

int main() {
  using namespace wht::cuda;
  for (int points = 1; points <= kMaxPoints; points *= 2) {
    const auto print = [points](const char* kernel, int elements, int threads) {
      std::printf("%s %d %d %d\n", kernel, points, elements, threads);
    };
    if (points <= kMaxRegisterPoints) {
      print("contiguous_dense", dense_values(points), kContiguousThreads);
      print("contiguous_shuffle", shuffle_registers(points) * shuffle_images(points), kContiguousThreads);
      print("strided_registers", points, kStridedThreads);
    } else {
      print("contiguous_exchange", exchange_registers(points), contiguous_exchange_threads(points));
      print("strided_exchange", exchange_registers(points) * lanes_of_thread(points), strided_exchange_threads(points));
    }
  }
}
