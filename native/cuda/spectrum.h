/* The parameters of a block transform in the orders and with the factors that its kernels want, uploaded when first asked for. */
#ifndef WHT_CUDA_SPECTRUM_H
#define WHT_CUDA_SPECTRUM_H

#include <map>
#include <memory>
#include <vector>

#include "../backend.h"
#include "execution.h"
#include "kernels/plan.h"

namespace wht {
namespace cuda {

/** Which point of a block has parameter i. */
enum class PointOrder {
  kNatural,
  kExchangeVectors, /* contiguous_exchange on dense blocks: a thread's registers are vectors of neighbouring points */
  kExchangeSteps    /* the exchange kernels otherwise: neighbouring threads hold neighbouring points */
};

class Spectrum {
 public:
  explicit Spectrum(const wht_block_transform& description);

  Mode mode() const { return mode_; }

  /**
   * For a kernel that takes whole blocks, or blocks of kMaxPoints points whose transform another kernel has begun.
   *
   * @param transposed the outer dimension is the block's columns
   */
  Nonlinearity nonlinearity(Execution& execution, PointOrder order, bool transposed);

  /** For a kernel that only transforms `points` points, and leaves them where and as large as they come. */
  Nonlinearity bare_transform(Execution& execution, PointOrder order, int points);

  /** Which point stands at each position of the output; device memory. */
  const int32_t* points_of_positions(Execution& execution);

 private:
  struct Uploaded {
    std::vector<PointParameters> host_parameters;
    std::vector<int32_t> host_positions;
    std::shared_ptr<void> parameters, positions;
  };
  /* Of the whole block's row-major natural order. */
  int32_t point_at(int32_t i, PointOrder order, bool transposed) const;
  int32_t point_of_position(int32_t position) const;
  Nonlinearity upload(Execution& execution, Uploaded& uploaded, const NonlinearityConstants& constants) const;

  const int32_t height_, width_, points_;
  const wht_ordering ordering_;
  const Mode mode_;
  const NonlinearityConstants constants_;
  std::vector<PointParameters> parameters_; /* in natural order */
  std::map<int, Uploaded> uploaded_;
  std::shared_ptr<void> points_of_positions_;
};

}  // namespace cuda
}  // namespace wht

#endif
