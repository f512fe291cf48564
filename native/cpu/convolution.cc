/*
 * Convolution as a matrix product: outputs (pixels x channels) = patches (pixels x K) times kernel (K x channels), K = taps x input
 * channels.
 *
 * The kernel is packed once, in panels as wide as a register tile. Patches are not: the input rows that a block of output pixels needs are
 * copied once into a band, as floats, channels last, with the padding's zeros, which is where layouts, dtypes and edges are dealt with; a
 * patch then is a few runs in it, at the same distances for every pixel, so that the product needs but one pointer a pixel. A 1x1
 * convolution of a float32 NHWC map reads the map itself. Sums stay float32 over all of K, also for float16 tensors.
 */
#include <algorithm>

#include "depthwise.h"
#include "operation.h"

namespace wht {
namespace {

/* K is cut into steps whose panel of the kernel (kStep x gemm_columns) stays in the first-level cache. */
constexpr int64_t kStep = 256;
/* Input channels that are in a band at once. */
constexpr int64_t kChunk = 256;
/* Output pixels that a thread works on at once: with kChunk, their band stays in the second-level cache. */
constexpr int64_t kPixels = 384;
/* Floats between which pixels of a map meet in one set of the first-level cache. */
constexpr int64_t kAliasing = 512;

class Convolution final : public Operation {
 public:
  Convolution(const wht_convolution& d, const Kernels& kernels, MemoryPool& memory)
      : d_(d),
        kernels_(kernels),
        taps_(int64_t{d.kernel_size} * d.kernel_size),
        group_in_(d.in_channels / d.groups),
        group_out_(d.out_channels / d.groups),
        columns_(kernels.gemm_columns),
        panels_(ceil_divide(group_out_, columns_)),
        chunks_(ceil_divide(group_in_, kChunk)),
        chunk_(chunks_ == 1 ? group_in_ : ceil_divide(ceil_divide(group_in_, chunks_), 8) * 8) {
    d_.kernel = d_.scale = d_.bias = nullptr;
    const int64_t count = kernel_count();
    kernel_ = memory.allocate(static_cast<size_t>(count) * sizeof(float));
    float* packed = static_cast<float*>(kernel_.get());
    std::fill(packed, packed + count, 0.0f);
    for_each_weight([&](int64_t given, int64_t at) { packed[at] = d.kernel[given]; });
    bias_ = padded(d.bias, memory);
    if (d.scale != nullptr) scale_ = padded(d.scale, memory);
  }

  int64_t parameter_bytes() const override {
    return (kernel_count() + (scale_ == nullptr ? 1 : 2) * padded_count()) * static_cast<int64_t>(sizeof(float));
  }

  void parameters(float* kernel, float* bias) const override {
    const float* packed = static_cast<const float*>(kernel_.get());
    for_each_weight([&](int64_t given, int64_t at) { kernel[given] = packed[at]; });
    if (bias == nullptr) return;
    for (int64_t c = 0; c < d_.out_channels; c++) bias[c] = static_cast<const float*>(bias_.get())[padded_at(c)];
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
  /* Calls visit(index in OIHW, index in the packed kernel), in the order of the latter: panel, chunk, tap, channel, column. */
  template <class Visit>
  void for_each_weight(const Visit& visit) const {
    int64_t at = 0;
    for (int64_t panel = 0; panel < d_.groups * panels_; panel++) {
      const int64_t first = panel % panels_ * columns_, count = std::min(columns_, group_out_ - first);
      const int64_t out = panel / panels_ * group_out_ + first;
      for (int64_t chunk = 0; chunk < group_in_; chunk += chunk_) {
        const int64_t last = std::min(group_in_, chunk + chunk_);
        for (int64_t tap = 0; tap < taps_; tap++) {
          for (int64_t c = chunk; c < last; c++, at += columns_) {
            for (int64_t column = 0; column < count; column++) visit(((out + column) * group_in_ + c) * taps_ + tap, at + column);
          }
        }
      }
    }
  }

  int64_t kernel_count() const { return padded_count() * taps_ * group_in_; }

  /* One value for each output channel, padded to whole panels for each group, so that a panel's can be read at once. */
  int64_t padded_count() const { return d_.groups * panels_ * columns_; }
  int64_t padded_at(int64_t channel) const { return channel / group_out_ * panels_ * columns_ + channel % group_out_; }

  std::shared_ptr<void> padded(const float* values, MemoryPool& memory) const {
    const int64_t count = padded_count();
    std::shared_ptr<void> block = memory.allocate(static_cast<size_t>(count) * sizeof(float));
    float* floats = static_cast<float*>(block.get());
    std::fill(floats, floats + count, 0.0f);
    if (values == nullptr) return block;
    for (int64_t c = 0; c < d_.out_channels; c++) floats[padded_at(c)] = values[c];
    return block;
  }

  /* The sizes of one call, and how its work is cut into units: blocks of output rows (of all images) and columns, of groups and of panels.
   */
  struct Plan {
    int64_t n, h, w, out_h, out_w;
    bool direct; /* without a band */
    int64_t rows, row_blocks;
    int64_t columns, column_blocks;
    int64_t groups, group_blocks; /* of groups whose channels are in a band together */
    int64_t panels, panel_blocks;
    int64_t band_rows, band_columns; /* at most */

    int64_t pixels() const { return rows * columns; }
  };

  /* The output pixels of a unit. */
  struct Block {
    int64_t first_row, last_row, first_column, last_column;

    int64_t columns() const { return last_column - first_column; }
    int64_t pixels() const { return (last_row - first_row) * columns(); }
  };

  /* A thread's scratch memory. */
  struct Workspace {
    int64_t *patches, *outputs; /* where each pixel's patch begins in the band or the map, and where its outputs do in a map */
    int64_t* segments;          /* where the runs of a patch begin in it */
    float *band, *sums;
    float* row; /* of one channel */
  };

  /* How far apart patches are in a band, and its size for so many of an image, in rows or columns. */
  int64_t band_stride() const { return std::min(d_.stride, d_.kernel_size); }
  int64_t band_size(int64_t patches) const { return (patches - 1) * band_stride() + d_.kernel_size; }

  /* Which row or column of the map lies at `at` of a band that begins with `patch`. Where patches don't touch, what is between is left out.
   */
  int64_t position_in_map(int64_t patch, int64_t at) const {
    const int64_t k = d_.kernel_size, pad = (k - 1) / 2;
    return d_.stride <= k ? patch * d_.stride + at - pad : (patch + at / k) * d_.stride + at % k - pad;
  }

  Plan plan_of(const wht_shape& shape, int threads) const {
    Plan p{};
    p.n = shape.n;
    p.h = shape.h;
    p.w = shape.w;
    if (d_.kernel_size == 1 && d_.stride == 1) {
      p.h = 1;
      p.w = shape.h * shape.w;
    }
    p.out_h = (p.h - 1) / d_.stride + 1;
    p.out_w = (p.w - 1) / d_.stride + 1;
    p.direct = d_.kernel_size == 1 && d_.dtype == WHT_FLOAT32 && d_.layout == WHT_NHWC && d_.in_channels % kAliasing != 0;
    p.groups = std::max<int64_t>(1, std::min<int64_t>(d_.groups, kChunk / group_in_));
    p.group_blocks = ceil_divide(d_.groups, p.groups);

    // Of pixels and panels, what there is more of is shared out among the threads: what there is less of is read by all of them.
    const int64_t rows = p.n * p.out_h, pixels = rows * p.out_w;
    int64_t blocks = ceil_divide(pixels, kPixels);
    p.panel_blocks = 1;
    while (blocks * p.group_blocks * p.panel_blocks < threads) {
      const bool more_blocks = blocks * kernels_.gemm_rows < pixels, more_panels = p.panel_blocks < panels_;
      if (!more_blocks && !more_panels) break;
      if (more_blocks && (!more_panels || pixels / blocks > group_out_ / p.panel_blocks)) {
        blocks++;
      } else {
        p.panel_blocks++;
      }
    }
    if (blocks > 1 && blocks < 4 * threads) blocks = ceil_divide(blocks, threads) * threads;
    p.column_blocks = std::min(p.out_w, ceil_divide(p.out_w, ceil_divide(pixels, blocks)));
    p.columns = ceil_divide(p.out_w, p.column_blocks);
    p.column_blocks = ceil_divide(p.out_w, p.columns);
    p.rows = p.column_blocks > 1 ? 1 : ceil_divide(rows, std::min(rows, blocks));
    p.row_blocks = ceil_divide(rows, p.rows);
    p.panels = ceil_divide(panels_, p.panel_blocks);
    p.panel_blocks = ceil_divide(panels_, p.panels);
    p.band_columns = band_size(p.columns);
    const int64_t images = std::min(p.rows, (p.rows + p.out_h - 2) / p.out_h + 1);  // that a unit may have rows of
    p.band_rows = images * d_.kernel_size + (p.rows - images) * band_stride();
    return p;
  }

  int64_t band_channels(const Plan& plan) const { return chunks_ > 1 ? chunk_ : plan.groups * group_in_; }

  /* Sums of one panel, whose last tile may be a partial one. */
  int64_t panel_sums(const Plan& plan) const { return ceil_divide(plan.pixels(), kernels_.gemm_rows) * kernels_.gemm_rows * columns_; }

  /* So that what lies behind it in scratch memory is aligned to cache lines. */
  static int64_t round_up(int64_t floats) { return ceil_divide(floats, 16) * 16; }

  template <class T>
  void run_typed(Execution& execution, const wht_shape& shape, const T* x, T* y) const {
    const Plan plan = plan_of(shape, execution.pool.threads());
    const int64_t table_floats = round_up((2 * plan.pixels() + taps_) * static_cast<int64_t>(sizeof(int64_t) / sizeof(float)));
    const int64_t band_floats = plan.direct ? 0 : round_up(plan.band_rows * plan.band_columns * band_channels(plan));
    const int64_t sum_floats = panel_sums(plan) * (chunks_ > 1 ? plan.panels : 1);
    // Rows of halves are converted in one piece.
    const int64_t row_floats = d_.dtype == WHT_FLOAT16 ? round_up(std::max(plan.w, plan.out_w)) : 0;
    const int64_t scratch_floats = table_floats + band_floats + round_up(sum_floats) + row_floats;
    float* scratch = execution.scratch(scratch_floats);
    const int64_t units = plan.row_blocks * plan.column_blocks * plan.group_blocks * plan.panel_blocks;
    execution.pool.run(units, 1, [&](int64_t begin, int64_t end, int thread) {
      float* own = scratch + scratch_floats * thread;
      Workspace space{};
      space.patches = reinterpret_cast<int64_t*>(own);
      space.outputs = space.patches + plan.pixels();
      space.segments = space.outputs + plan.pixels();
      space.band = own + table_floats;
      space.sums = space.band + band_floats;
      space.row = space.sums + round_up(sum_floats);
      for (int64_t unit = begin; unit < end; unit++) run_unit(plan, unit, x, y, space);
    });
  }

  template <class T>
  void run_unit(const Plan& plan, int64_t unit, const T* x, T* y, const Workspace& space) const {
    const int64_t first_panel = unit % plan.panel_blocks * plan.panels;
    const int64_t last_panel = std::min(panels_, first_panel + plan.panels);
    unit /= plan.panel_blocks;
    const int64_t first_group = unit % plan.group_blocks * plan.groups;
    const int64_t last_group = std::min<int64_t>(d_.groups, first_group + plan.groups);
    unit /= plan.group_blocks;
    Block block{};
    block.first_column = unit % plan.column_blocks * plan.columns;
    block.last_column = std::min(plan.out_w, block.first_column + plan.columns);
    block.first_row = unit / plan.column_blocks * plan.rows;
    block.last_row = std::min(plan.n * plan.out_h, block.first_row + plan.rows);

    for (int64_t chunk = 0; chunk < group_in_; chunk += chunk_) {
      const int64_t depth = std::min(chunk_, group_in_ - chunk);
      const int64_t first_channel = first_group * group_in_ + chunk;
      const int64_t channels = chunks_ > 1 ? depth : (last_group - first_group) * group_in_;
      if (chunk == 0 || !plan.direct) locate(plan, block, plan.direct ? d_.in_channels : channels, space);
      if (!plan.direct) copy_band(plan, block, first_channel, channels, x, space);

      GemmTile tile{};
      tile.segment_length = depth;
      tile.segment_count = taps_;
      // Taps that follow each other in the band make one run of it.
      const int64_t together = channels == depth && d_.kernel_size * depth <= kStep ? d_.kernel_size : 1;
      tile.segment_length *= together;
      tile.segment_count /= together;
      for (int64_t i = 0; i < tile.segment_count; i++) {
        const int64_t tap = i * together;
        space.segments[i] = (tap / d_.kernel_size * plan.band_columns + tap % d_.kernel_size) * channels;
      }
      tile.segments = space.segments;
      for (int64_t group = first_group; group < last_group; group++) {
        tile.input = input_of(plan, x, first_channel, space.band) + (group - first_group) * group_in_;
        for (int64_t panel = first_panel; panel < last_panel; panel++) {
          const int64_t first_weight = ((group * panels_ + panel) * group_in_ + chunk) * taps_ * columns_;
          tile.kernel = static_cast<const float*>(kernel_.get()) + first_weight;
          tile.sums = space.sums + (chunks_ > 1 ? panel - first_panel : 0) * panel_sums(plan);
          tile.accumulate = chunk > 0;
          const bool last = chunk + chunk_ >= group_in_;
          multiply_panel(block, tile, group, panel, last ? y : nullptr, space);
          if (last && d_.layout == WHT_NCHW) store_planes(plan, block, group, panel, tile.sums, y, space.row);
        }
      }
    }
  }

  /* One panel of the kernel, and all pixels of a block. y: these are the last products, which make the outputs; else NULL. */
  template <class T>
  void multiply_panel(const Block& block, const GemmTile& all, int64_t group, int64_t panel, T* y, const Workspace& space) const {
    GemmTile tile = all;
    tile.columns = static_cast<int32_t>(std::min(columns_, group_out_ - panel * columns_));
    const int64_t padded = (group * panels_ + panel) * columns_;
    GemmResult result{};
    result.bias = static_cast<const float*>(bias_.get()) + padded;
    result.scale = scale_ == nullptr ? nullptr : static_cast<const float*>(scale_.get()) + padded;
    result.activation = d_.activation;
    result.dtype = d_.dtype;
    result.columns = tile.columns;
    result.output = y == nullptr || d_.layout == WHT_NCHW ? nullptr : y + group * group_out_ + panel * columns_;
    const int64_t step = std::max<int64_t>(1, kStep / tile.segment_length), tile_rows = kernels_.gemm_rows;
    for (int64_t segment = 0; segment < all.segment_count; segment += step) {
      tile.segments = all.segments + segment;
      tile.segment_count = std::min(step, all.segment_count - segment);
      tile.kernel = all.kernel + segment * tile.segment_length * columns_;
      tile.accumulate = all.accumulate || segment > 0;
      const bool last = y != nullptr && segment + step >= all.segment_count;
      for (int64_t pixel = 0; pixel < block.pixels(); pixel += tile_rows) {
        tile.patches = space.patches + pixel;
        tile.rows = static_cast<int32_t>(std::min(tile_rows, block.pixels() - pixel));
        tile.sums = all.sums + pixel * columns_;
        kernels_.gemm(tile);
        if (!last) continue;
        result.sums = tile.sums;
        result.rows = tile.rows;
        result.pixels = space.outputs + pixel;
        kernels_.finish(result);
      }
    }
  }

  static const float* input_of(const Plan& plan, const float* x, int64_t first_channel, const float* band) {
    return plan.direct ? x + first_channel : band;
  }
  static const float* input_of(const Plan&, const Half*, int64_t, const float* band) { return band; }

  /* Where each pixel's patch and outputs begin, with so many channels to a column of the band or map. */
  void locate(const Plan& plan, const Block& block, int64_t channels, const Workspace& space) const {
    int64_t at = 0, band_row = 0;
    for (int64_t row = block.first_row; row < block.last_row; row++) {
      const int64_t image = row / plan.out_h, y = row % plan.out_h;
      if (row > block.first_row) band_row += y == 0 ? d_.kernel_size : band_stride();
      for (int64_t column = block.first_column; column < block.last_column; column++, at++) {
        const int64_t position = plan.direct ? (image * plan.h + y * d_.stride) * plan.w + column * d_.stride
                                             : band_row * plan.band_columns + (column - block.first_column) * band_stride();
        space.patches[at] = position * channels;
        space.outputs[at] = (row * plan.out_w + column) * d_.out_channels;
      }
    }
  }

  /* Copies some channels of what the patches of a block cover: rows x band_columns x channels floats, one image after the other. */
  template <class T>
  void copy_band(const Plan& plan, const Block& block, int64_t first_channel, int64_t channels, const T* x, const Workspace& space) const {
    float* target = space.band;
    for (int64_t first = block.first_row; first < block.last_row;) {
      const int64_t image = first / plan.out_h, last = std::min(block.last_row, (image + 1) * plan.out_h);
      for (int64_t at = 0; at < band_size(last - first); at++, target += plan.band_columns * channels) {
        const int64_t row = position_in_map(first % plan.out_h, at);
        if (row < 0 || row >= plan.h) {
          std::fill(target, target + plan.band_columns * channels, 0.0f);
          continue;
        }
        const T* source = d_.layout == WHT_NHWC ? x + (image * plan.h + row) * plan.w * d_.in_channels + first_channel
                                                : x + ((image * d_.in_channels + first_channel) * plan.h + row) * plan.w;
        copy_row(plan, block, source, channels, target, space.row);
      }
      first = last;
    }
  }

  template <class T>
  void copy_row(const Plan& plan, const Block& block, const T* source, int64_t channels, float* target, float* floats) const {
    const int64_t columns = band_size(block.columns());
    for (int64_t at = 0, run; at < columns; at += run) {
      // As many columns as follow each other in the map, too.
      run = d_.stride <= d_.kernel_size ? columns : d_.kernel_size;
      const int64_t left = position_in_map(block.first_column, at);
      const int64_t first = std::min(run, std::max<int64_t>(0, -left)), last = std::max(first, std::min(run, plan.w - left));
      float* to = target + at * channels;
      std::fill(to, to + first * channels, 0.0f);
      copy_columns(plan, source, left + first, last - first, channels, to + first * channels, floats);
      std::fill(to + last * channels, to + run * channels, 0.0f);
    }
  }

  template <class T>
  void copy_columns(const Plan& plan, const T* source, int64_t first, int64_t columns, int64_t channels, float* target,
                    float* floats) const {
    const int64_t c = d_.in_channels;
    if (d_.layout == WHT_NCHW) {
      copy_planes(source + first, plan.h * plan.w, columns, channels, target, floats);
    } else if (channels == c) {
      copy_floats(source + first * c, columns * c, target);
    } else {
      for (int64_t i = 0; i < columns; i++) copy_floats(source + (first + i) * c, channels, target + i * channels);
    }
  }

  void copy_floats(const float* source, int64_t count, float* target) const { std::copy(source, source + count, target); }
  void copy_floats(const Half* source, int64_t count, float* target) const { kernels_.to_float(source, target, count); }

  /* Some columns of a row in each of some planes, with the channels side by side. */
  void copy_planes(const float* source, int64_t plane, int64_t columns, int64_t channels, float* target, float*) const {
    constexpr int64_t together = 8;
    int64_t c = 0;
    for (; c + together <= channels; c += together) {
      for (int64_t column = 0; column < columns; column++) {
        for (int64_t i = 0; i < together; i++) target[column * channels + c + i] = source[(c + i) * plane + column];
      }
    }
    for (; c < channels; c++) {
      for (int64_t column = 0; column < columns; column++) target[column * channels + c] = source[c * plane + column];
    }
  }

  void copy_planes(const Half* source, int64_t plane, int64_t columns, int64_t channels, float* target, float* floats) const {
    for (int64_t c = 0; c < channels; c++) {
      kernels_.to_float(source + c * plane, floats, columns);
      for (int64_t column = 0; column < columns; column++) target[column * channels + c] = floats[column];
    }
  }

  /* The outputs of one panel, each channel to a plane of its own. */
  template <class T>
  void store_planes(const Plan& plan, const Block& block, int64_t group, int64_t panel, const float* sums, T* y, float* floats) const {
    const int64_t count = std::min(columns_, group_out_ - panel * columns_), channel = group * group_out_ + panel * columns_;
    for (int64_t row = block.first_row; row < block.last_row; row++) {
      const float* values = sums + (row - block.first_row) * block.columns() * columns_;
      for (int64_t c = 0; c < count; c++) {
        const int64_t plane = row / plan.out_h * d_.out_channels + channel + c;
        T* target = y + (plane * plan.out_h + row % plan.out_h) * plan.out_w + block.first_column;
        store_column(values + c, block.columns(), target, floats);
      }
    }
  }

  void store_column(const float* values, int64_t count, float* target, float*) const {
    for (int64_t i = 0; i < count; i++) target[i] = values[i * columns_];
  }

  void store_column(const float* values, int64_t count, Half* target, float* floats) const {
    store_column(values, count, floats, floats);
    kernels_.to_half(floats, target, count);
  }

  wht_convolution d_;
  const Kernels& kernels_;
  int64_t taps_, group_in_, group_out_;
  int64_t columns_, panels_;
  int64_t chunks_, chunk_; /* how often, and how many, input channels of a group are worked on together */
  std::shared_ptr<void> kernel_, scale_, bias_;
};

}  // namespace

OperationPointer make_convolution(const wht_convolution& description, const Kernels& kernels, MemoryPool& memory) {
  if (is_depthwise(description)) return make_depthwise(description, memory);
  return std::make_shared<Convolution>(description, kernels, memory);
}

}  // namespace wht
