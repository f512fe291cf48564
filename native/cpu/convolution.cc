/*
 * Convolution as a matrix product: outputs (pixels x channels) = patches (pixels x K) times kernel (K x channels), K = taps x input
 * channels.
 *
 * The kernel is packed once, in panels as wide as a register tile. Patches are packed block by block into the layout that the product
 * reads, which is where layouts, dtypes, strides and padding are dealt with. Sums stay float32 over all of K, also for float16 tensors.
 * Depthwise convolution, where a matrix product would have one column, goes directly over NHWC rows.
 */
#include <algorithm>

#include "operation.h"

namespace wht {
namespace {

/* K is cut into steps whose panel of the kernel (kStep x gemm_columns) stays in the first-level cache. */
constexpr int64_t kStep = 256;
/* Rows of patches that a thread packs at once: with kStep, they stay in the second-level cache. */
constexpr int64_t kRows = 384;

class Convolution final : public Operation {
 public:
  Convolution(const wht_convolution& d, const Kernels& kernels, MemoryPool& memory)
      : d_(d),
        kernels_(kernels),
        taps_(int64_t{d.kernel_size} * d.kernel_size),
        group_in_(d.in_channels / d.groups),
        group_out_(d.out_channels / d.groups),
        depthwise_(d.layout == WHT_NHWC && d.groups == d.in_channels && d.groups == d.out_channels),
        columns_(kernels.gemm_columns),
        panels_(ceil_divide(group_out_, columns_)) {
    d_.kernel = d_.bias = nullptr;
    const int64_t count = kernel_count();
    kernel_ = memory.allocate(static_cast<size_t>(count) * sizeof(float));
    float* packed = static_cast<float*>(kernel_.get());
    std::fill(packed, packed + count, 0.0f);
    for_each_weight([&](int64_t given, int64_t at) { packed[at] = d.kernel[given]; });
    // Padded to whole panels for each group, so that a panel's bias can be read at once.
    const int64_t bias_count = this->bias_count();
    bias_ = memory.allocate(static_cast<size_t>(bias_count) * sizeof(float));
    float* bias = static_cast<float*>(bias_.get());
    std::fill(bias, bias + bias_count, 0.0f);
    if (d.bias != nullptr) {
      for (int64_t c = 0; c < d.out_channels; c++) bias[bias_at(c)] = d.bias[c];
    }
  }

  int64_t parameter_bytes() const override { return (kernel_count() + bias_count()) * static_cast<int64_t>(sizeof(float)); }

  void parameters(float* kernel, float* bias) const override {
    const float* packed = static_cast<const float*>(kernel_.get());
    for_each_weight([&](int64_t given, int64_t at) { kernel[given] = packed[at]; });
    if (bias == nullptr) return;
    for (int64_t c = 0; c < d_.out_channels; c++) bias[c] = static_cast<const float*>(bias_.get())[bias_at(c)];
  }

  const char* name() const override { return "convolution"; }

  void run(Execution& execution, const wht_shape& shape, const void* input, const void*, void* output) const override {
    if (d_.dtype == WHT_FLOAT32) {
      run_typed(execution, shape, static_cast<const float*>(input), static_cast<float*>(output));
    } else {
      run_typed(execution, shape, static_cast<const Half*>(input), static_cast<Half*>(output));
    }
  }

 private:
  /* Calls visit(index in OIHW, index in the packed kernel), in the order of the latter. */
  template <class Visit>
  void for_each_weight(const Visit& visit) const {
    int64_t at = 0;
    if (depthwise_) {
      for (int64_t tap = 0; tap < taps_; tap++) {
        for (int64_t c = 0; c < d_.out_channels; c++) visit(c * taps_ + tap, at++);
      }
      return;
    }
    for (int64_t panel = 0; panel < d_.groups * panels_; panel++) {
      const int64_t first = panel % panels_ * columns_, count = std::min(columns_, group_out_ - first);
      const int64_t out = panel / panels_ * group_out_ + first;
      for (int64_t tap = 0; tap < taps_; tap++) {
        for (int64_t c = 0; c < group_in_; c++, at += columns_) {
          for (int64_t column = 0; column < count; column++) visit(((out + column) * group_in_ + c) * taps_ + tap, at + column);
        }
      }
    }
  }

  int64_t kernel_count() const { return depthwise_ ? taps_ * d_.out_channels : d_.groups * panels_ * taps_ * group_in_ * columns_; }
  int64_t bias_count() const { return depthwise_ ? d_.out_channels : d_.groups * panels_ * columns_; }

  int64_t bias_at(int64_t channel) const { return depthwise_ ? channel : channel / group_out_ * panels_ * columns_ + channel % group_out_; }

  /* The sizes of one call. */
  struct Map {
    int64_t n, h, w, out_h, out_w;
    int64_t pixels() const { return n * out_h * out_w; }
  };

  /* Where an output pixel's patch lies. */
  struct Pixel {
    int64_t image, top, left; /* of the patch, in the unpadded input */
  };

  template <class T>
  void run_typed(Execution& execution, const wht_shape& shape, const T* x, T* y) const {
    const Map map{shape.n, shape.h, shape.w, (shape.h - 1) / d_.stride + 1, (shape.w - 1) / d_.stride + 1};
    if (depthwise_) return run_depthwise(execution, map, x, y);

    const int64_t tile_rows = kernels_.gemm_rows, depth = taps_ * group_in_;
    // Blocks of rows are as even as whole register tiles allow; where there are too few for the threads, columns are shared out too.
    const int threads = execution.pool.threads();
    const int64_t tiles = ceil_divide(map.pixels(), tile_rows);
    int64_t row_blocks = ceil_divide(tiles * tile_rows, kRows);
    if (row_blocks * d_.groups < threads) row_blocks = std::min<int64_t>(tiles, ceil_divide(threads, d_.groups));
    if (row_blocks > 1 && row_blocks < 4 * threads) row_blocks = std::min(tiles, ceil_divide(row_blocks, threads) * threads);
    const int64_t block_tiles = ceil_divide(tiles, row_blocks);
    row_blocks = ceil_divide(tiles, block_tiles);
    const int64_t panel_blocks = std::min<int64_t>(panels_, std::max<int64_t>(1, ceil_divide(threads, row_blocks * d_.groups)));
    const int64_t block_panels = ceil_divide(panels_, panel_blocks);

    const int64_t patch_floats = block_tiles * tile_rows * std::min(depth, kStep);
    const int64_t sum_floats = block_tiles * tile_rows * block_panels * columns_;
    float* scratch = execution.scratch(patch_floats + sum_floats);

    execution.pool.run(row_blocks * d_.groups * panel_blocks, 1, [&](int64_t begin, int64_t end, int thread) {
      float* patches = scratch + (patch_floats + sum_floats) * thread;
      float* sums = patches + patch_floats;
      for (int64_t unit = begin; unit < end; unit++) {
        const int64_t group = unit / panel_blocks % d_.groups;
        const int64_t first_tile = unit / panel_blocks / d_.groups * block_tiles;
        const int64_t first_panel = unit % panel_blocks * block_panels;
        const int64_t last_tile = std::min(tiles, first_tile + block_tiles), last_panel = std::min(panels_, first_panel + block_panels);
        if (first_panel >= last_panel) continue;
        for (int64_t k = 0; k < depth; k += kStep) {
          const int64_t steps = std::min(kStep, depth - k);
          for (int64_t tile = first_tile; tile < last_tile; tile++) {
            pack_patches(map, x, group, tile * tile_rows, tile_rows, k, steps, patches + (tile - first_tile) * tile_rows * steps);
          }
          for (int64_t panel = first_panel; panel < last_panel; panel++) {
            const float* kernel = static_cast<const float*>(kernel_.get()) + ((group * panels_ + panel) * depth + k) * columns_;
            for (int64_t tile = first_tile; tile < last_tile; tile++) {
              const int64_t at = tile - first_tile;
              float* sum = sums + ((panel - first_panel) * block_tiles + at) * tile_rows * columns_;
              kernels_.gemm(steps, patches + at * tile_rows * steps, kernel, sum, k > 0);
            }
          }
        }
        for (int64_t panel = first_panel; panel < last_panel; panel++) {
          for (int64_t tile = first_tile; tile < last_tile; tile++) {
            float* sum = sums + ((panel - first_panel) * block_tiles + tile - first_tile) * tile_rows * columns_;
            kernels_.activate(d_.activation, sum, static_cast<const float*>(bias_.get()) + (group * panels_ + panel) * columns_, tile_rows,
                              columns_);
            store_tile(map, sum, group, tile * tile_rows, tile_rows, panel * columns_, y);
          }
        }
      }
    });
  }

  Pixel pixel_at(const Map& map, int64_t pixel) const {
    const int64_t pad = (d_.kernel_size - 1) / 2;
    const int64_t position = pixel % (map.out_h * map.out_w);
    return {pixel / (map.out_h * map.out_w), position / map.out_w * d_.stride - pad, position % map.out_w * d_.stride - pad};
  }

  /* Steps [k, k + steps) of the patches of `rows` pixels from `first`, step by step: what one register tile reads. Padding is zero. */
  template <class T>
  void pack_patches(const Map& map, const T* x, int64_t group, int64_t first, int64_t rows, int64_t k, int64_t steps, float* packed) const {
    const bool nhwc = d_.layout == WHT_NHWC;
    const int64_t channel_step = nhwc ? 1 : map.h * map.w, c = d_.in_channels;
    for (int64_t row = 0; row < rows; row++) {
      const int64_t pixel = first + row;
      const Pixel patch = pixel_at(map, std::min(pixel, map.pixels() - 1));
      int64_t step = 0;
      while (step < steps) {
        const int64_t tap = (k + step) / group_in_, channel = (k + step) % group_in_;
        const int64_t run = std::min(steps - step, group_in_ - channel);
        const int64_t in_y = patch.top + tap / d_.kernel_size, in_x = patch.left + tap % d_.kernel_size;
        float* target = packed + step * rows + row;
        if (pixel >= map.pixels() || in_y < 0 || in_y >= map.h || in_x < 0 || in_x >= map.w) {
          for (int64_t i = 0; i < run; i++) target[i * rows] = 0;
        } else {
          const int64_t position = in_y * map.w + in_x, from = group * group_in_ + channel;
          const T* source =
              nhwc ? x + (patch.image * map.h * map.w + position) * c + from : x + (patch.image * c + from) * map.h * map.w + position;
          gather(source, channel_step, run, target, rows);
        }
        step += run;
      }
    }
  }

  static void gather(const float* source, int64_t step, int64_t count, float* target, int64_t target_step) {
    for (int64_t i = 0; i < count; i++) target[i * target_step] = source[i * step];
  }

  void gather(const Half* source, int64_t step, int64_t count, float* target, int64_t target_step) const {
    float floats[kStep];
    if (step == 1) {
      kernels_.to_float(source, floats, count);
    } else {
      Half halves[kStep] = {};
      for (int64_t i = 0; i < count; i++) halves[i] = source[i * step];
      kernels_.to_float(halves, floats, count);
    }
    for (int64_t i = 0; i < count; i++) target[i * target_step] = floats[i];
  }

  template <class T>
  void store_tile(const Map& map, const float* sum, int64_t group, int64_t first, int64_t rows, int64_t column, T* y) const {
    const int64_t count = std::min(columns_, group_out_ - column), channel = group * group_out_ + column, c = d_.out_channels;
    const int64_t plane = map.out_h * map.out_w;
    for (int64_t row = 0; row < rows && first + row < map.pixels(); row++) {
      const int64_t pixel = first + row;
      const float* values = sum + row * columns_;
      if (d_.layout == WHT_NHWC) {
        store_row(values, count, y + pixel * c + channel, 1);
      } else {
        store_row(values, count, y + (pixel / plane * c + channel) * plane + pixel % plane, plane);
      }
    }
  }

  static void store_row(const float* values, int64_t count, float* y, int64_t step) {
    for (int64_t i = 0; i < count; i++) y[i * step] = values[i];
  }

  void store_row(const float* values, int64_t count, Half* y, int64_t step) const {
    Half halves[64] = {};  // at least gemm_columns
    kernels_.to_half(values, halves, count);
    for (int64_t i = 0; i < count; i++) y[i * step] = halves[i];
  }

  template <class T>
  void run_depthwise(Execution& execution, const Map& map, const T* x, T* y) const {
    const int64_t c = d_.out_channels;
    // A pointer for each tap and thread, in scratch memory: work must not throw, so it can't allocate.
    const int64_t pointer_floats = taps_ * static_cast<int64_t>(sizeof(void*) / sizeof(float));
    float* scratch = execution.scratch(pointer_floats);
    execution.pool.run(map.pixels(), 4096 / (c * taps_) + 1, [&](int64_t begin, int64_t end, int thread) {
      const void** inputs = reinterpret_cast<const void**>(scratch + pointer_floats * thread);
      for (int64_t pixel = begin; pixel < end; pixel++) {
        const Pixel patch = pixel_at(map, pixel);
        for (int64_t tap = 0; tap < taps_; tap++) {
          const int64_t in_y = patch.top + tap / d_.kernel_size, in_x = patch.left + tap % d_.kernel_size;
          const bool inside = in_y >= 0 && in_y < map.h && in_x >= 0 && in_x < map.w;
          inputs[tap] = inside ? x + ((patch.image * map.h + in_y) * map.w + in_x) * c : nullptr;
        }
        kernels_.depthwise(d_.dtype, d_.activation, inputs, static_cast<int>(taps_), static_cast<const float*>(kernel_.get()),
                           static_cast<const float*>(bias_.get()), y + pixel * c, c);
      }
    });
  }

  wht_convolution d_;
  const Kernels& kernels_;
  int64_t taps_, group_in_, group_out_;
  bool depthwise_; /* one input and one output channel a group, in NHWC */
  int64_t columns_, panels_;
  std::shared_ptr<void> kernel_, bias_;
};

}  // namespace

OperationPointer make_convolution(const wht_convolution& description, const Kernels& kernels, MemoryPool& memory) {
  return std::make_shared<Convolution>(description, kernels, memory);
}

}  // namespace wht
