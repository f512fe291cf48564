/*
 * Block Walsh-Hadamard transforms: which kernel takes a shape, and where its blocks lie.
 *
 * Over a plane or over channels, in NHWC or NCHW, it is one of two cases. Points that lie next to each other in memory (channels of NHWC,
 * planes of NCHW) make contiguous blocks; otherwise what lies next to each other are lanes, which are transformed alike (channels of NHWC's
 * planes, positions of NCHW's channels). What the specialised kernels of neither case take goes through a workspace: averaging windows,
 * strides over positions, blocks of more than kMaxPoints points, and blocks with edges whose sides are far from equal.
 */
#include <algorithm>
#include <string>
#include <vector>

#include "kernels/plan.h"
#include "operation.h"
#include "runtime.h"
#include "spectrum.h"

namespace wht {
namespace cuda {
namespace {

/* Images go through a workspace of this size together. */
constexpr int64_t kWorkspaceBytes = int64_t{64} << 20;

/* A tensor as `images` planes of rows x columns points, for each of `lanes` lanes that lie next to each other. */
struct Planes {
  int64_t images, lanes, rows, columns, out_columns;
  int32_t block_rows, block_columns;
  /* Where each block's columns begin in the input; NULL: one after the other. */
  const int32_t* starts;
  int32_t start_count;
};

/* Which kernel, and its arguments. */
struct Plan {
  enum Kind { kDense, kBlocks, kStrided, kGeneral } kind;
  uint32_t rows; /* kDense */
  Blocks blocks; /* kBlocks, kStrided */
  PointOrder order;
  bool transposed;
};

class BlockTransform final : public Operation {
 public:
  BlockTransform(const wht_block_transform& d, Execution& execution) : d_(d), points_(d.block_height * d.block_width), spectrum_(d) {
    d_.thresholds = d_.weights = nullptr;
    if (d.block_starts != nullptr) {
      starts_ = execution.upload(d.block_starts, static_cast<size_t>(d.block_start_count) * sizeof(int32_t));
    }
    d_.block_starts = static_cast<const int32_t*>(starts_.get());
  }

  const char* name() const override { return "block transform"; }

  int64_t parameter_bytes() const override { return d_.inverse ? points_ * static_cast<int64_t>(sizeof(PointParameters)) : 0; }

  void run(Execution& execution, const wht_shape& shape, const void* input, const void*, void* output) const override {
    const Plan plan = plan_for(shape);
    if (plan.kind == Plan::kGeneral) return run_general(execution, shape, input, output);
    const Nonlinearity nonlinearity = spectrum_.nonlinearity(execution, plan.order, plan.transposed);
    const cudaStream_t stream = execution.stream();
    const Mode mode = spectrum_.mode();
    const auto launched =
        plan.kind == Plan::kDense    ? launch_contiguous_dense(stream, d_.dtype, points_, mode, plan.rows, 1, nonlinearity, input, output)
        : plan.kind == Plan::kBlocks ? launch_contiguous_blocks(stream, d_.dtype, points_, mode, plan.blocks, nonlinearity, input, output)
                                     : launch_strided(stream, d_.dtype, points_, mode, plan.blocks, nonlinearity, input, output);
    check(launched, "the kernel");
  }

 private:
  int64_t out_channels(const wht_shape& shape) const { return d_.out_channels == 0 ? shape.c : d_.out_channels; }

  Planes planes_of(const wht_shape& shape) const {
    const bool nhwc = d_.layout == WHT_NHWC;
    if (d_.over_plane) {
      return {
          nhwc ? shape.n : shape.n * shape.c, nhwc ? shape.c : 1, shape.h, shape.w, shape.w, d_.block_height, d_.block_width, nullptr, 0};
    }
    const int64_t positions = shape.h * shape.w;
    return {nhwc ? shape.n * positions : shape.n,
            nhwc ? 1 : positions,
            1,
            shape.c,
            out_channels(shape),
            1,
            d_.block_width,
            d_.block_starts,
            d_.block_start_count};
  }

  Plan plan_for(const wht_shape& shape) const {
    Plan plan{};
    plan.kind = Plan::kGeneral;
    if (points_ > kMaxPoints || d_.stride > 1 || (!d_.over_plane && out_channels(shape) < shape.c)) return plan;

    Planes planes = planes_of(shape);
    const bool same_shape = planes.out_columns == planes.columns && planes.starts == nullptr;
    const bool whole_blocks = same_shape && planes.rows % planes.block_rows == 0 && planes.columns % planes.block_columns == 0;
    if (whole_blocks && planes.block_columns == planes.columns) {
      // Blocks as wide as the plane are runs of its flattened points.
      planes.columns = planes.out_columns = planes.rows * planes.columns;
      planes.rows = 1;
      planes.block_rows = 1;
      planes.block_columns = points_;
    }
    if (points_ == 1) {
      if (!same_shape) return plan;
      plan.kind = Plan::kDense;
      plan.rows = static_cast<uint32_t>(planes.images * planes.lanes * planes.rows * planes.columns);
      return plan;
    }
    const bool in_registers = points_ <= kMaxRegisterPoints;
    const bool runs = planes.block_rows == 1 && planes.rows == 1;
    if (planes.lanes == 1) {
      if (planes.block_rows == 1 && whole_blocks) {
        plan.kind = Plan::kDense;
        plan.rows = static_cast<uint32_t>(planes.images * planes.rows * planes.columns / points_);
        plan.order = in_registers ? PointOrder::kNatural : PointOrder::kExchangeVectors;
        return plan;
      }
      const int32_t threads = in_registers ? shuffle_threads(points_) : exchange_threads(points_);
      if (spectrum_.mode() == kSpectrum || (!runs && planes.block_columns > threads)) return plan;
      plan.kind = Plan::kBlocks;
      plan.blocks = blocks_of(planes, false);
    } else {
      if (!runs && spectrum_.mode() == kSpectrum) return plan;
      plan.transposed = !runs && planes.block_rows < planes.block_columns;
      const int32_t inner = runs ? 1 : std::min(planes.block_rows, planes.block_columns);
      if (in_registers && inner != 1 && inner != square_inner(points_)) return plan;
      plan.kind = Plan::kStrided;
      plan.blocks = blocks_of(planes, plan.transposed);
    }
    plan.order = in_registers ? PointOrder::kNatural : PointOrder::kExchangeSteps;
    return plan;
  }

  /* transposed: columns are the outer dimension. */
  Blocks blocks_of(const Planes& planes, bool transposed) const {
    const auto lanes = static_cast<uint32_t>(planes.lanes);
    const bool runs = planes.block_rows == 1 && planes.rows == 1;
    const auto side = [&](int64_t columns) {
      const auto row_stride = static_cast<uint32_t>(columns) * lanes;
      const auto rows = static_cast<int32_t>(planes.rows), width = static_cast<int32_t>(columns);
      const uint32_t image_stride = static_cast<uint32_t>(planes.rows) * row_stride;
      // A plane of one row: its columns are the outer dimension, and the inner one is a single point.
      if (runs) return Side{image_stride, lanes, 0, width, 1};
      return transposed ? Side{image_stride, lanes, row_stride, width, rows} : Side{image_stride, row_stride, lanes, rows, width};
    };
    const auto down = static_cast<uint32_t>(ceil_divide(planes.rows, planes.block_rows));
    const uint32_t across = planes.starts != nullptr ? static_cast<uint32_t>(planes.start_count)
                                                     : static_cast<uint32_t>(ceil_divide(planes.columns, planes.block_columns));
    const bool columns_first = runs || transposed;
    Blocks blocks{};
    blocks.input = side(planes.columns);
    blocks.output = side(planes.out_columns);
    blocks.starts = planes.starts;
    blocks.outer_block = columns_first ? planes.block_columns : planes.block_rows;
    blocks.inner_bits = runs ? 0 : log2_of(transposed ? planes.block_rows : planes.block_columns);
    blocks.outer_blocks = make_divider(columns_first ? across : down);
    blocks.inner_blocks = make_divider(runs ? 1 : columns_first ? down : across);
    blocks.lane_count = lanes;
    blocks.images = static_cast<uint32_t>(planes.images);
    blocks.units = blocks.images * down * across;
    return blocks;
  }

  void run_general(Execution& execution, const wht_shape& shape, const void* input, void* output) const {
    const int64_t s = d_.stride, out_c = out_channels(shape);
    GeneralPlan plan{};
    plan.layout = d_.layout;
    plan.over_plane = d_.over_plane;
    plan.height = static_cast<int32_t>(shape.h);
    plan.width = static_cast<int32_t>(shape.w);
    plan.channels = static_cast<int32_t>(shape.c);
    plan.block_height = d_.block_height;
    plan.block_width = d_.block_width;
    plan.stride = d_.stride;
    plan.starts = d_.block_starts;
    plan.scale = 1;
    if (d_.over_plane) {
      plan.down = static_cast<int32_t>(ceil_divide(shape.h, d_.block_height));
      plan.across = static_cast<int32_t>(ceil_divide(shape.w, d_.block_width));
      plan.out_height = static_cast<int32_t>(std::min<int64_t>(int64_t{plan.down} * d_.block_height / s, ceil_divide(shape.h, s)));
      plan.out_width = static_cast<int32_t>(std::min<int64_t>(int64_t{plan.across} * d_.block_width / s, ceil_divide(shape.w, s)));
    } else {
      plan.down = 1;
      plan.across = starts_ != nullptr ? d_.block_start_count : static_cast<int32_t>(ceil_divide(shape.c, points_));
      plan.out_height = static_cast<int32_t>(ceil_divide(shape.h, s));
      plan.out_width = static_cast<int32_t>(ceil_divide(shape.w, s));
    }
    plan.out_channels = static_cast<int32_t>(out_c);
    plan.window = out_c < shape.c ? static_cast<int32_t>(shape.c / out_c) : 1;

    const int64_t groups = d_.over_plane ? shape.c : int64_t{plan.out_height} * plan.out_width;
    const int64_t image_blocks = groups * plan.down * plan.across;
    const int64_t image_elements = image_blocks * points_;
    if (image_elements >= int64_t{1} << 31) {
      throw BackendError(WHT_ERROR_OUT_OF_MEMORY, "one image's blocks, padded, have " + std::to_string(image_elements) +
                                                      " points, and a workspace holds at most 2147483647");
    }
    const int64_t images = std::min(shape.n, std::max<int64_t>(1, kWorkspaceBytes / 4 / image_elements));
    const std::shared_ptr<void> memory = execution.workspace(static_cast<size_t>(images * image_elements) * sizeof(float));
    auto* workspace = static_cast<float*>(memory.get());
    // Blocks of more than one kernel come out in natural order, and are put into the ordering as they are scattered.
    if (points_ > kMaxPoints && spectrum_.mode() == kSpectrum) {
      plan.points = spectrum_.points_of_positions(execution);
      plan.scale = d_.scale;
    }
    const bool same = workspace_is_input(shape);
    const int64_t in_image = shape.h * shape.w * shape.c * element_size(d_.dtype);
    const int64_t out_image = int64_t{plan.out_height} * plan.out_width * plan.out_channels * element_size(d_.dtype);
    for (int64_t first = 0; first < shape.n; first += images) {
      const auto count = static_cast<uint32_t>(std::min(images, shape.n - first));
      const char* images_input = static_cast<const char*>(input) + first * in_image;
      const auto blocks = count * static_cast<uint32_t>(image_blocks);
      // The transform loads vectors of four.
      if (same && first * in_image % (4 * static_cast<int64_t>(sizeof(float))) == 0) {
        transform_workspace(execution, blocks, reinterpret_cast<const float*>(images_input), workspace);
      } else {
        check(launch_gather(execution.stream(), d_.dtype, plan, count, images_input, workspace), "the kernel");
        transform_workspace(execution, blocks, workspace, workspace);
      }
      check(launch_scatter(execution.stream(), d_.dtype, plan, count, workspace, static_cast<char*>(output) + first * out_image),
            "the kernel");
    }
  }

  /* Whether the input is what gathering would write, so that a transform of one kernel can read it directly. */
  bool workspace_is_input(const wht_shape& shape) const {
    if (d_.dtype != WHT_FLOAT32 || points_ > kMaxPoints) return false;
    if (d_.over_plane) {
      return (d_.layout == WHT_NCHW || shape.c == 1) && d_.block_width == shape.w && shape.h % d_.block_height == 0;
    }
    return d_.layout == WHT_NHWC && d_.stride == 1 && starts_ == nullptr && shape.c % points_ == 0;
  }

  /* source is the workspace, or, for at most kMaxPoints points, what it would hold. */
  void transform_workspace(Execution& execution, uint32_t blocks, const float* source, float* workspace) const {
    const Mode mode = spectrum_.mode();
    const PointOrder order = points_ <= kMaxRegisterPoints ? PointOrder::kNatural : PointOrder::kExchangeVectors;
    if (points_ <= kMaxPoints) {
      const Nonlinearity nonlinearity = spectrum_.nonlinearity(execution, order, false);
      check(launch_contiguous_dense(execution.stream(), WHT_FLOAT32, points_, mode, blocks, 1, nonlinearity, source, workspace),
            "the kernel");
      return;
    }
    // H_ab = H_a ⊗ H_b: a transform over parts of kMaxPoints points, as lanes, and one within each part.
    const auto parts = static_cast<uint32_t>(points_ / kMaxPoints);
    const Planes planes{blocks, kMaxPoints, 1, parts, parts, 1, static_cast<int32_t>(parts), nullptr, 0};
    const Blocks across = blocks_of(planes, false);
    const auto transform_across = [&] {
      const Nonlinearity bare = spectrum_.bare_transform(execution, PointOrder::kNatural, static_cast<int>(parts));
      check(launch_strided(execution.stream(), WHT_FLOAT32, static_cast<int>(parts), kSpectrum, across, bare, workspace, workspace),
            "the kernel");
    };
    transform_across();
    const Nonlinearity within =
        mode == kSpectrum ? spectrum_.bare_transform(execution, order, kMaxPoints) : spectrum_.nonlinearity(execution, order, false);
    check(launch_contiguous_dense(execution.stream(), WHT_FLOAT32, kMaxPoints, mode, blocks * parts, mode == kSpectrum ? 1 : parts, within,
                                  workspace, workspace),
          "the kernel");
    if (mode != kSpectrum) transform_across();
  }

  wht_block_transform d_;
  const int32_t points_;
  mutable Spectrum spectrum_; /* operations run on the stream's thread alone */
  std::shared_ptr<void> starts_;
};

}  // namespace

OperationPointer make_block_transform(const wht_block_transform& description, Execution& execution) {
  return std::make_shared<BlockTransform>(description, execution);
}

}  // namespace cuda
}  // namespace wht
