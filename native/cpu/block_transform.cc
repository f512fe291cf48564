/*
 * Block Walsh-Hadamard transforms: which points and lanes of a tensor make a tile, and who works on which.
 *
 * A point is one of the values that are transformed together: a position of a plane (2D) or a channel (1D). A lane is one of the sets of
 * points that are transformed alike: a channel of an image (2D) or a position (1D). Element (point, lane) lies at the sum of an offset of
 * the point and one of the lane, in both layouts, which is why one kernel serves all four cases.
 */
#include <algorithm>
#include <cmath>
#include <vector>

#include "../ordering.h"
#include "operation.h"

namespace wht {
namespace {

/* Outputs larger than this are written past the cache: no reader finds them there anyway. */
constexpr int64_t kStreamBytes = int64_t{48} << 20;

/* Elements that a thread takes at once: a few strips that follow each other, which share pages of memory. */
constexpr int64_t kGrainElements = 65536;

/* Where the elements of one shape of tensor lie. */
struct Geometry {
  /* lane = (image * rows + row) * columns + column; strides are in elements */
  struct Strides {
    int64_t image, row, column;
  };
  int64_t lanes, rows, columns;
  Strides input, output;
  int64_t output_elements;

  /* Blocks are worked on one by one or, where pooling needs them together, all as one unit. */
  int64_t blocks, units, unit_blocks;
  /* blocks x points; -1 is padding. With pooling, the output is a map with a line of kTileLanes for each point, and these are offsets in
   * it. */
  std::vector<int32_t> input_points, output_points;

  /*
   * Pooling: every unit (one block, where no window reaches over blocks; else all of them) makes a map of `map_lines` lines, and
   * each of its windows averages window_rows x window_columns lines of it, from `line` on, with rows map_columns apart.
   */
  struct Window {
    int64_t line, output;
  };
  bool pooled;
  int64_t map_lines, map_columns, window_rows, window_columns;
  std::vector<std::vector<Window>> windows; /* of each unit */
};

class BlockTransform final : public Operation {
 public:
  BlockTransform(const wht_block_transform& d, MemoryPool& memory)
      : d_(d), points_(int64_t{d.block_height} * d.block_width), starts_(d.block_starts, d.block_starts + d.block_start_count) {
    d_.block_starts = nullptr;
    d_.thresholds = d_.weights = nullptr;
    const float normalization = static_cast<float>(1 / std::sqrt(static_cast<double>(points_)));
    scale_ = d.inverse ? normalization : d.scale;
    if (d.inverse) {
      parameters_ = memory.allocate(static_cast<size_t>(parameter_bytes()));
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

  int64_t parameter_bytes() const override { return d_.inverse ? points_ * 2 * static_cast<int64_t>(sizeof(float)) : 0; }

  void run(Execution& execution, const wht_shape& shape, const void* input, const void*, void* output) const override {
    const Geometry& geometry = geometry_of(shape);
    const int64_t tiles = ceil_divide(geometry.lanes, kTileLanes);
    const int64_t tile_floats = tile_size(points_);
    const int64_t strip = strip_of(geometry);
    const int64_t scratch_floats = tile_floats * strip + geometry.map_lines * kTileLanes;
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

    const int64_t units = ceil_divide(tiles, strip) * geometry.units;
    const int64_t unit_elements = points_ * geometry.unit_blocks * kTileLanes * strip;
    const int64_t grain = std::max<int64_t>(1, std::min(units / (execution.pool.threads() * 20), kGrainElements / unit_elements));
    execution.pool.run(units, grain, [&](int64_t begin, int64_t end, int thread) {
      BlockTile tile = prototype;
      float* own = scratch + scratch_floats * thread;
      int64_t current = -1;
      for (int64_t unit = begin; unit < end; unit++) {
        if (unit / geometry.units != current) {
          current = unit / geometry.units;
          set_lanes(geometry, current * strip * kTileLanes, tile);
        }
        const int64_t part = unit % geometry.units;
        if (geometry.pooled) {
          run_pooled(execution.kernels, geometry, part, tile, own, own + tile_floats);
        } else {
          tile.input_points = geometry.input_points.data() + part * points_;
          tile.output_points = geometry.output_points.data() + part * points_;
          execution.kernels.block_transform(tile, own);
        }
      }
    });
  }

 private:
  /* Of the last shape, which is mostly the next one too; operations run on the stream's thread alone. */
  const Geometry& geometry_of(const wht_shape& shape) const {
    if (shape.n != shape_.n || shape.h != shape_.h || shape.w != shape_.w || shape.c != shape_.c) {
      shape_ = wht_shape{0, 0, 0, 0};
      geometry_ = d_.over_plane ? over_plane(shape) : over_channels(shape);
      shape_ = shape;
    }
    return geometry_;
  }

  /* Points are positions of the padded plane, lanes are channels. */
  Geometry over_plane(const wht_shape& shape) const {
    const bool nhwc = d_.layout == WHT_NHWC;
    const int64_t h = shape.h, w = shape.w, c = shape.c, s = d_.stride;
    const int64_t down = ceil_divide(h, d_.block_height), across = ceil_divide(w, d_.block_width);
    const int64_t padded_h = down * d_.block_height, padded_w = across * d_.block_width;
    const int64_t out_h = std::min(padded_h / s, ceil_divide(h, s)), out_w = std::min(padded_w / s, ceil_divide(w, s));
    const int64_t step = nhwc ? c : 1;

    Geometry g{};
    g.lanes = shape.n * c;
    g.rows = 1;
    g.columns = c;
    g.input = {h * w * c, 0, nhwc ? 1 : h * w};
    g.output = {out_h * out_w * c, 0, nhwc ? 1 : out_h * out_w};
    g.output_elements = shape.n * c * out_h * out_w;
    g.blocks = down * across;
    g.pooled = s > 1;
    const bool windows_in_blocks = d_.block_height % s == 0 && d_.block_width % s == 0;
    g.unit_blocks = g.pooled && !windows_in_blocks ? g.blocks : 1;
    g.units = g.unit_blocks == 1 ? g.blocks : 1;
    g.input_points.reserve(static_cast<size_t>(g.blocks * points_));
    g.output_points.reserve(static_cast<size_t>(g.blocks * points_));
    for (int64_t block = 0; block < g.blocks; block++) {
      const int64_t top = block / across * d_.block_height, left = block % across * d_.block_width;
      for (int64_t k = 0; k < points_; k++) {
        const int64_t y = top + k / d_.block_width, x = left + k % d_.block_width;
        g.input_points.push_back(y < h && x < w ? static_cast<int32_t>((y * w + x) * step) : -1);
        const int64_t line = g.unit_blocks == 1 ? k : y * padded_w + x;
        g.output_points.push_back(g.pooled ? static_cast<int32_t>(line * kTileLanes) : g.input_points.back());
      }
    }
    if (!g.pooled) return g;
    g.map_columns = g.unit_blocks == 1 ? d_.block_width : padded_w;
    g.map_lines = g.unit_blocks * points_;
    g.window_rows = g.window_columns = s;
    g.windows.resize(static_cast<size_t>(g.units));
    for (int64_t y = 0; y < out_h; y++) {
      for (int64_t x = 0; x < out_w; x++) {
        const int64_t unit = g.unit_blocks == 1 ? y * s / d_.block_height * across + x * s / d_.block_width : 0;
        const int64_t line =
            g.unit_blocks == 1 ? y * s % d_.block_height * d_.block_width + x * s % d_.block_width : (y * padded_w + x) * s;
        g.windows[static_cast<size_t>(unit)].push_back({line, (y * out_w + x) * step});
      }
    }
    return g;
  }

  /* Points are channels, lanes are positions. */
  Geometry over_channels(const wht_shape& shape) const {
    const bool nhwc = d_.layout == WHT_NHWC;
    const int64_t h = shape.h, w = shape.w, s = d_.stride;
    const int64_t in = shape.c, out = d_.out_channels == 0 ? in : d_.out_channels;
    const int64_t out_h = ceil_divide(h, s), out_w = ceil_divide(w, s);
    const int64_t in_step = nhwc ? 1 : h * w, out_step = nhwc ? 1 : out_h * out_w;

    Geometry g{};
    g.lanes = shape.n * out_h * out_w;
    g.rows = out_h;
    g.columns = out_w;
    g.input = {h * w * in, w * s * (nhwc ? in : 1), s * (nhwc ? in : 1)};
    g.output = {out_h * out_w * out, out_w * (nhwc ? out : 1), nhwc ? out : 1};
    g.output_elements = g.lanes * out;
    g.blocks = starts_.empty() ? ceil_divide(in, points_) : static_cast<int64_t>(starts_.size());
    g.pooled = out < in;
    const int64_t window = in / out;
    g.unit_blocks = g.pooled && points_ % window != 0 ? g.blocks : 1;
    g.units = g.unit_blocks == 1 ? g.blocks : 1;
    for (int64_t block = 0; block < g.blocks; block++) {
      const int64_t start = starts_.empty() ? block * points_ : starts_[static_cast<size_t>(block)];
      for (int64_t k = 0; k < points_; k++) {
        const int64_t from = start + k, to = block * points_ + k, line = g.unit_blocks == 1 ? k : to;
        g.input_points.push_back(from < in ? static_cast<int32_t>(from * in_step) : -1);
        if (g.pooled) {
          g.output_points.push_back(static_cast<int32_t>(line * kTileLanes));
        } else {
          g.output_points.push_back(to < out ? static_cast<int32_t>(to * out_step) : -1);
        }
      }
    }
    if (!g.pooled) return g;
    g.map_columns = g.map_lines = g.unit_blocks * points_;
    g.window_rows = 1;
    g.window_columns = window;
    g.windows.resize(static_cast<size_t>(g.units));
    for (int64_t channel = 0; channel < out; channel++) {
      const int64_t first = channel * window, unit = g.unit_blocks == 1 ? first / points_ : 0;
      g.windows[static_cast<size_t>(unit)].push_back({first - unit * points_, channel * out_step});
    }
    return g;
  }

  /* How many tiles make a strip: more than one where the lanes of whole strips follow each other in memory, in 2D NHWC and in 1D NCHW. */
  int64_t strip_of(const Geometry& g) const {
    if (g.pooled || points_ > kInnerPoints || points_ < 8 || g.input.column != 1 || g.output.column != 1) return 1;
    const int64_t run = g.rows == 1 || g.input.row == g.columns ? g.rows * g.columns : g.columns;
    int64_t strip = 1;
    while (strip < kMaxStrip && run % (strip * 2 * kTileLanes) == 0) strip *= 2;
    return strip;
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

  /* Transforms the blocks of one unit into a map with a line for each point, then averages windows of it. */
  void run_pooled(const Kernels& kernels, const Geometry& g, int64_t unit, const BlockTile& outer, float* scratch, float* map) const {
    BlockTile tile = outer;
    tile.output = map;
    tile.output_dtype = WHT_FLOAT32;
    tile.stream = false;
    tile.contiguous_output_lanes = kTileLanes;
    for (int lane = 0; lane < kTileLanes; lane++) tile.output_lanes[lane] = lane;
    for (int64_t block = unit * g.unit_blocks; block < (unit + 1) * g.unit_blocks; block++) {
      tile.input_points = g.input_points.data() + block * points_;
      tile.output_points = g.output_points.data() + block * points_;
      kernels.block_transform(tile, scratch);
    }
    const float scale = 1.0f / static_cast<float>(g.window_rows * g.window_columns);
    for (const auto& window : g.windows[static_cast<size_t>(unit)]) {
      // Sums of rows first, then their sum: rounding errors stay small in large windows.
      float mean[kTileLanes] = {};
      for (int64_t row = 0; row < g.window_rows; row++) {
        float sum[kTileLanes] = {};
        for (int64_t column = 0; column < g.window_columns; column++) {
          const float* line = map + (window.line + row * g.map_columns + column) * kTileLanes;
          for (int lane = 0; lane < kTileLanes; lane++) sum[lane] += line[lane];
        }
        for (int lane = 0; lane < kTileLanes; lane++) mean[lane] += sum[lane];
      }
      for (float& value : mean) value *= scale;
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
  mutable wht_shape shape_{0, 0, 0, 0};
  mutable Geometry geometry_{};
};

}  // namespace

OperationPointer make_block_transform(const wht_block_transform& description, MemoryPool& memory) {
  return std::make_shared<BlockTransform>(description, memory);
}

}  // namespace wht
