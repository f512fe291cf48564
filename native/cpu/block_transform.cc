/*
 * Block Walsh-Hadamard transforms: which points and lanes of a tensor make a tile, and who works on which.
 *
 * A point is one of the values that are transformed together: a position of a plane (2D) or a channel (1D). A lane is one of the sets of
 * points that are transformed alike: a channel of an image (2D) or a position (1D). Element (point, lane) lies at the sum of an offset of
 * the point and one of the lane, in both layouts, which is why one kernel serves all four cases.
 */
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "operation.h"

namespace wht {
namespace {

/* Outputs larger than this are written past the cache: no reader finds them there anyway. */
constexpr int64_t kStreamBytes = int64_t{48} << 20;

/* Elements that a thread takes at once: a few strips that follow each other, which share pages of memory. */
constexpr int64_t kGrainElements = 65536;

/* The natural-order row that stands at a position of an ordering: see lib/ordering.ts. */
int32_t natural_row(int32_t position, int32_t points, wht_ordering ordering) {
  if (ordering == WHT_NATURAL) return position;
  int32_t code = ordering == WHT_SEQUENCY ? position ^ (position >> 1) : position;
  int32_t row = 0;
  for (int32_t bit = 1; bit < points; bit *= 2) {
    row = row * 2 + (code & 1);
    code >>= 1;
  }
  return row;
}

class BlockTransform final : public Operation {
 public:
  BlockTransform(const wht_block_transform& d, MemoryPool& memory)
      : d_(d), points_(int64_t{d.block_height} * d.block_width), starts_(d.block_starts, d.block_starts + d.block_start_count) {
    d_.block_starts = nullptr;
    d_.thresholds = d_.weights = nullptr;
    const float normalization = static_cast<float>(1 / std::sqrt(static_cast<double>(points_)));
    scale_ = d.inverse ? normalization : d.scale;
    if (d.inverse) {
      parameters_ = memory.allocate(static_cast<size_t>(points_) * 2 * sizeof(float));
      float* weights = static_cast<float*>(parameters_.get());
      float* thresholds = weights + points_;
      for (int64_t k = 0; k < points_; k++) {
        weights[k] = d.weights[k] * normalization;
        thresholds[k] = d.thresholds ? d.thresholds[k] : 0;
      }
    } else {
      spectrum_points_.reserve(static_cast<size_t>(points_));
      for (int32_t row = 0; row < d.block_height; row++) {
        for (int32_t column = 0; column < d.block_width; column++) {
          spectrum_points_.push_back(natural_row(row, d.block_height, d.ordering) * d.block_width +
                                     natural_row(column, d.block_width, d.ordering));
        }
      }
    }
  }

  const char* name() const override { return "block transform"; }

  void run(Execution& execution, const wht_shape& shape, const void* input, const void*, void* output) const override {
    const Geometry geometry = d_.over_plane ? over_plane(shape) : over_channels(shape);
    const bool pooled = !geometry.pool.empty();
    const int64_t tiles = ceil_divide(geometry.lanes, kTileLanes);
    const int64_t tile_floats = tile_size(points_);
    const int64_t map_floats = pooled ? geometry.blocks * points_ * kTileLanes : 0;
    // Strips of tiles where the lanes of each image come in whole strips that follow each other in memory: 2D in NHWC, 1D in NCHW.
    int64_t strip = 1;
    if (!pooled && points_ <= kInnerPoints && points_ >= 8 && geometry.input.column == 1 && geometry.output.column == 1) {
      const int64_t run =
          geometry.input.row == geometry.columns || geometry.rows == 1 ? geometry.rows * geometry.columns : geometry.columns;
      while (strip < kMaxStrip && run % (strip * 2 * kTileLanes) == 0) strip *= 2;
    }
    const int64_t scratch_floats = tile_floats * strip + map_floats;
    float* scratch = execution.scratch(scratch_floats);

    BlockTile prototype{};
    prototype.input = input;
    prototype.output = output;
    prototype.points = static_cast<int32_t>(points_);
    prototype.input_dtype = prototype.output_dtype = d_.dtype;
    prototype.nonlinearity = d_.nonlinearity;
    prototype.inverse = d_.inverse != 0;
    prototype.output_scale = scale_;
    prototype.weights = static_cast<const float*>(parameters_.get());
    prototype.thresholds = prototype.weights + points_;
    prototype.spectrum_points = spectrum_points_.data();
    prototype.strip = static_cast<int32_t>(strip);
    prototype.stream = input != output && geometry.output_elements * element_size(d_.dtype) > kStreamBytes;

    // Without pooling each block is a unit of work of its own; with it, a window may reach over blocks.
    const int64_t strips = ceil_divide(tiles, strip);
    const int64_t units = pooled ? tiles : strips * geometry.blocks;
    const int64_t grain =
        std::max<int64_t>(1, std::min<int64_t>(units / (execution.pool.threads() * 20), kGrainElements / (points_ * kTileLanes * strip)));
    execution.pool.run(units, grain, [&](int64_t begin, int64_t end, int thread) {
      BlockTile tile = prototype;
      float* own = scratch + scratch_floats * thread;
      int64_t current = -1;
      for (int64_t unit = begin; unit < end; unit++) {
        const int64_t index = pooled ? unit : unit / geometry.blocks;
        if (index != current) {
          current = index;
          set_lanes(geometry, index * strip * kTileLanes, tile);
        }
        if (pooled) {
          run_pooled(execution.kernels, geometry, tile, own, own + tile_floats * strip);
        } else {
          const int64_t block = unit % geometry.blocks;
          tile.input_points = geometry.input_points.data() + block * points_;
          tile.output_points = geometry.output_points.data() + block * points_;
          execution.kernels.block_transform(tile, own);
        }
      }
    });
  }

 private:
  struct Geometry {
    int64_t lanes, blocks, output_elements;
    /* blocks x points; -1 is padding. With pooling, the output is a map of lines of kTileLanes. */
    std::vector<int32_t> input_points, output_points;
    /* lane = (image * rows + row) * columns + column; strides are in elements */
    int64_t rows, columns;
    struct Strides {
      int64_t image, row, column;
    } input, output;
    /* With pooling: for each output point, where it lies and which lines of the map it averages. */
    struct Window {
      int64_t output;
      std::vector<int32_t> points;
    };
    std::vector<Window> pool;
  };

  /* Points are positions of the padded plane, lanes are channels. */
  Geometry over_plane(const wht_shape& shape) const {
    const bool nhwc = d_.layout == WHT_NHWC;
    const int64_t h = shape.h, w = shape.w, c = shape.c;
    const int64_t down = ceil_divide(h, d_.block_height), across = ceil_divide(w, d_.block_width);
    const int64_t padded_h = down * d_.block_height, padded_w = across * d_.block_width;
    const int64_t out_h = std::min(padded_h / d_.stride, ceil_divide(h, d_.stride));
    const int64_t out_w = std::min(padded_w / d_.stride, ceil_divide(w, d_.stride));
    const int64_t step = nhwc ? c : 1;

    Geometry g{};
    g.lanes = shape.n * c;
    g.blocks = down * across;
    g.output_elements = shape.n * c * out_h * out_w;
    g.rows = 1;
    g.columns = c;
    g.input = {h * w * c, 0, nhwc ? 1 : h * w};
    g.output = {out_h * out_w * c, 0, nhwc ? 1 : out_h * out_w};
    g.input_points.reserve(static_cast<size_t>(g.blocks * points_));
    for (int64_t block = 0; block < g.blocks; block++) {
      for (int64_t k = 0; k < points_; k++) {
        const int64_t y = block / across * d_.block_height + k / d_.block_width;
        const int64_t x = block % across * d_.block_width + k % d_.block_width;
        g.input_points.push_back(y < h && x < w ? static_cast<int32_t>((y * w + x) * step) : -1);
        if (d_.stride > 1) g.output_points.push_back(static_cast<int32_t>((y * padded_w + x) * kTileLanes));
      }
    }
    if (d_.stride == 1) {
      g.output_points = g.input_points;
      return g;
    }
    for (int64_t y = 0; y < out_h; y++) {
      for (int64_t x = 0; x < out_w; x++) {
        Geometry::Window window{(y * out_w + x) * step, {}};
        for (int64_t i = 0; i < int64_t{d_.stride} * d_.stride; i++) {
          window.points.push_back(
              static_cast<int32_t>(((y * d_.stride + i / d_.stride) * padded_w + x * d_.stride + i % d_.stride) * kTileLanes));
        }
        g.pool.push_back(std::move(window));
      }
    }
    return g;
  }

  /* Points are channels, lanes are positions. */
  Geometry over_channels(const wht_shape& shape) const {
    const bool nhwc = d_.layout == WHT_NHWC;
    const int64_t h = shape.h, w = shape.w, s = d_.stride, in = d_.in_channels, out = d_.out_channels;
    const int64_t out_h = ceil_divide(h, s), out_w = ceil_divide(w, s);
    const int64_t in_step = nhwc ? 1 : h * w, out_step = nhwc ? 1 : out_h * out_w;

    Geometry g{};
    g.lanes = shape.n * out_h * out_w;
    g.output_elements = g.lanes * out;
    g.rows = out_h;
    g.columns = out_w;
    g.input = {h * w * in, w * s * (nhwc ? in : 1), s * (nhwc ? in : 1)};
    g.output = {out_h * out_w * out, out_w * (nhwc ? out : 1), nhwc ? out : 1};
    g.blocks = starts_.empty() ? ceil_divide(in, points_) : static_cast<int64_t>(starts_.size());
    for (int64_t block = 0; block < g.blocks; block++) {
      const int64_t start = starts_.empty() ? block * points_ : starts_[static_cast<size_t>(block)];
      for (int64_t k = 0; k < points_; k++) {
        const int64_t from = start + k, to = block * points_ + k;
        g.input_points.push_back(from < in ? static_cast<int32_t>(from * in_step) : -1);
        if (out < in) {
          g.output_points.push_back(static_cast<int32_t>(to * kTileLanes));
        } else {
          g.output_points.push_back(to < out ? static_cast<int32_t>(to * out_step) : -1);
        }
      }
    }
    if (out < in) {
      const int64_t size = in / out;
      for (int64_t channel = 0; channel < out; channel++) {
        Geometry::Window window{channel * out_step, {}};
        for (int64_t i = 0; i < size; i++) window.points.push_back(static_cast<int32_t>((channel * size + i) * kTileLanes));
        g.pool.push_back(std::move(window));
      }
    }
    return g;
  }

  static void set_lanes(const Geometry& g, int64_t first, BlockTile& tile) {
    tile.lanes = static_cast<int32_t>(std::min<int64_t>(kTileLanes, g.lanes - first));
    int64_t column = first % g.columns, row = first / g.columns % g.rows, image = first / g.columns / g.rows;
    for (int lane = 0; lane < kTileLanes; lane++) {
      if (lane >= tile.lanes) {  // lanes not in use may be read, but never written
        tile.input_lanes[lane] = tile.input_lanes[0];
        tile.output_lanes[lane] = tile.output_lanes[0];
        continue;
      }
      tile.input_lanes[lane] = image * g.input.image + row * g.input.row + column * g.input.column;
      tile.output_lanes[lane] = image * g.output.image + row * g.output.row + column * g.output.column;
      if (++column == g.columns) {
        column = 0;
        if (++row == g.rows) {
          row = 0;
          image++;
        }
      }
    }
    tile.contiguous_input_lanes = contiguous_lanes(tile.input_lanes, tile.lanes);
    tile.contiguous_output_lanes = contiguous_lanes(tile.output_lanes, tile.lanes);
  }

  /* See BlockTile::contiguous_input_lanes. */
  static int32_t contiguous_lanes(const int64_t* lanes, int32_t count) {
    if (count < kTileLanes) return 1;
    int32_t run = kTileLanes;
    for (int32_t lane = 1; lane < kTileLanes; lane++) {
      while (lane % run != 0 && lanes[lane] != lanes[lane - 1] + 1) run /= 2;
    }
    return run < 4 ? 1 : run;
  }

  /* Transforms all blocks of a tile's lanes into a map with a line for each point, then averages windows of it. */
  void run_pooled(const Kernels& kernels, const Geometry& g, const BlockTile& outer, float* scratch, float* map) const {
    BlockTile tile = outer;
    tile.output = map;
    tile.output_dtype = WHT_FLOAT32;
    tile.stream = false;
    tile.contiguous_output_lanes = kTileLanes;
    for (int lane = 0; lane < kTileLanes; lane++) tile.output_lanes[lane] = lane;
    for (int64_t block = 0; block < g.blocks; block++) {
      tile.input_points = g.input_points.data() + block * points_;
      tile.output_points = g.output_points.data() + block * points_;
      kernels.block_transform(tile, scratch);
    }
    for (const auto& window : g.pool) {
      alignas(64) float mean[kTileLanes] = {};
      for (const int32_t point : window.points) {
        const float* line = map + point;
        for (int lane = 0; lane < kTileLanes; lane++) mean[lane] += line[lane];
      }
      for (float& value : mean) value /= static_cast<float>(window.points.size());
      Half halves[kTileLanes];
      if (d_.dtype == WHT_FLOAT16) kernels.to_half(mean, halves, kTileLanes);
      for (int lane = 0; lane < outer.lanes; lane++) {
        const int64_t at = outer.output_lanes[lane] + window.output;
        if (d_.dtype == WHT_FLOAT16) {
          static_cast<Half*>(outer.output)[at] = halves[lane];
        } else {
          static_cast<float*>(outer.output)[at] = mean[lane];
        }
      }
    }
  }

  wht_block_transform d_;
  int64_t points_;
  std::vector<int32_t> starts_;
  std::vector<int32_t> spectrum_points_;
  std::shared_ptr<void> parameters_;
  float scale_;
};

}  // namespace

OperationPointer make_block_transform(const wht_block_transform& description, MemoryPool& memory) {
  return std::make_shared<BlockTransform>(description, memory);
}

}  // namespace wht
