#include "spectrum.h"

#include <algorithm>
#include <cmath>

#include "../ordering.h"
#include "kernels/parameters.h"
#include "runtime.h"

namespace wht {
namespace cuda {
namespace {

/* What value `r` of thread `t` is before the exchange. */
int32_t exchanged_point(int32_t t, int32_t r, int32_t threads, PointOrder order) {
  return order == PointOrder::kExchangeVectors ? 4 * t + r % 4 + r / 4 * 4 * threads : t + r * threads;
}

/* Blocks that are exchanged have 128 points or more; an analyzer does not know. */
int32_t threads_of(int32_t points) { return std::max(1, exchange_threads(points)); }

/* And after it: see kernels/exchange.cuh. */
int32_t point_after_exchange(int32_t i, int32_t points, PointOrder order) {
  const int32_t registers = exchange_registers(points), threads = threads_of(points);
  const int32_t thread = i / registers, own = i % registers;
  return exchanged_point(own % threads, thread + own / threads * threads, threads, order);
}

/* Where contiguous_exchange keeps a point of a dense block in shared memory. */
int32_t shared_slot(int32_t point, int32_t points) {
  const int32_t registers = exchange_registers(points), threads = threads_of(points);
  return point / 4 % threads * (registers + 1) + point % 4 + point / (4 * threads) * 4;
}

/* What each of the two orthonormal transforms multiplies with. */
double normalization(int32_t points) { return 1 / std::sqrt(static_cast<double>(points)); }

std::shared_ptr<void> upload_now(Execution& execution, const void* values, size_t bytes) {
  std::shared_ptr<void> memory = execution.memory()->allocate(bytes);
  const auto* begin = static_cast<const char*>(values);
  const auto copy = std::make_shared<const std::vector<char>>(begin, begin + bytes);
  execution.copy_from_host(memory.get(), copy, copy->data(), bytes);
  return memory;
}

}  // namespace

Spectrum::Spectrum(const wht_block_transform& d)
    : height_(d.block_height),
      width_(d.block_width),
      points_(d.block_height * d.block_width),
      ordering_(d.ordering),
      mode_(!d.inverse                     ? kSpectrum
            : d.nonlinearity == WHT_SMOOTH ? kSmooth
                                           : kSoft),
      constants_(nonlinearity_constants(d.inverse ? normalization(points_) : static_cast<double>(d.scale))) {
  if (mode_ == kSpectrum) return;
  parameters_.reserve(static_cast<size_t>(points_));
  for (int32_t point = 0; point < points_; point++) {
    parameters_.push_back(PointParameters{static_cast<float>(d.weights[point] * normalization(points_)),
                                          d.thresholds != nullptr ? d.thresholds[point] : 0.0f});
  }
}

int32_t Spectrum::point_at(int32_t i, PointOrder order, bool transposed) const {
  int32_t point = i;
  if (order != PointOrder::kNatural) {
    const int32_t part = points_ > kMaxPoints ? kMaxPoints : points_;
    point = i / part * part + point_after_exchange(i % part, part, order);
  }
  return transposed ? point % height_ * width_ + point / height_ : point;
}

int32_t Spectrum::point_of_position(int32_t position) const {
  return natural_row(position / width_, height_, ordering_) * width_ + natural_row(position % width_, width_, ordering_);
}

Nonlinearity Spectrum::upload(Execution& execution, Uploaded& uploaded, const NonlinearityConstants& constants) const {
  if (uploaded.parameters == nullptr && !uploaded.host_parameters.empty()) {
    uploaded.parameters = upload_now(execution, uploaded.host_parameters.data(), uploaded.host_parameters.size() * sizeof(PointParameters));
  }
  if (uploaded.positions == nullptr && !uploaded.host_positions.empty()) {
    uploaded.positions = upload_now(execution, uploaded.host_positions.data(), uploaded.host_positions.size() * sizeof(int32_t));
  }
  return Nonlinearity{static_cast<const PointParameters*>(uploaded.parameters.get()), uploaded.host_parameters.data(), constants,
                      static_cast<const int32_t*>(uploaded.positions.get()), uploaded.host_positions.data()};
}

Nonlinearity Spectrum::nonlinearity(Execution& execution, PointOrder order, bool transposed) {
  Uploaded& uploaded = uploaded_[static_cast<int>(order) * 2 + (transposed ? 1 : 0)];
  if (uploaded.host_parameters.empty() && uploaded.host_positions.empty()) {
    std::vector<int32_t> position_of(static_cast<size_t>(points_));
    for (int32_t position = 0; mode_ == kSpectrum && position < points_; position++) {
      position_of[static_cast<size_t>(point_of_position(position))] = position;
    }
    for (int32_t i = 0; i < points_; i++) {
      const auto point = static_cast<size_t>(point_at(i, order, transposed));
      if (mode_ != kSpectrum) {
        uploaded.host_parameters.push_back(parameters_[point]);
      } else {
        const int32_t position = position_of[point];
        uploaded.host_positions.push_back(order == PointOrder::kExchangeVectors ? shared_slot(position, points_) : position);
      }
    }
  }
  return upload(execution, uploaded, constants_);
}

Nonlinearity Spectrum::bare_transform(Execution& execution, PointOrder order, int points) {
  Uploaded& uploaded = uploaded_[-points];
  if (uploaded.host_positions.empty()) {
    for (int32_t i = 0; i < points; i++) {
      uploaded.host_positions.push_back(order == PointOrder::kNatural ? i : shared_slot(point_after_exchange(i, points, order), points));
    }
  }
  return upload(execution, uploaded, nonlinearity_constants(1));
}

const int32_t* Spectrum::points_of_positions(Execution& execution) {
  if (points_of_positions_ == nullptr) {
    std::vector<int32_t> points;
    points.reserve(static_cast<size_t>(points_));
    for (int32_t position = 0; position < points_; position++) {
      points.push_back(point_of_position(position));
    }
    points_of_positions_ = upload_now(execution, points.data(), points.size() * sizeof(int32_t));
  }
  return static_cast<const int32_t*>(points_of_positions_.get());
}

}  // namespace cuda
}  // namespace wht
