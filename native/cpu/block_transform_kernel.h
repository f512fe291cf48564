/*
 * The block Walsh-Hadamard transform of one tile: n points, a power of two, by 16 lanes.
 *
 * H_n in natural order is n/2 butterflies (a, b) -> (a + b, a - b) at each of the distances 1, 2, 4, ... n/2, in any order. Passes of radix
 * 8 do three distances in registers. The layer needs two transforms with a nonlinearity between; the last pass of the first, the
 * nonlinearity and the first pass of the second share registers:
 *
 *   load    radix 8 over neighbouring points, from the tensor (transposing where lanes are not contiguous) to scratch
 *   inner   radix up to 8 at distance 8: with `load`, all of a sub-block of 64 points, while it is in the first-level cache
 *   outer   radix 8 at distances 64, 512, ... where a block is larger than 64
 *   middle  the last of these passes, the nonlinearity, and the same pass again
 *   ...     and back, in reverse: outer, inner, store
 */
#include "simd.h"

namespace wht {
namespace WHT_SIMD_NAMESPACE {

template <int R>
WHT_INLINE void butterflies(V (&v)[R]) {
#pragma GCC unroll 4
  for (int distance = 1; distance < R; distance *= 2) {
#pragma GCC unroll 16
    for (int i = 0; i < R; i++) {
      if ((i & distance) == 0) {
        const V a = v[i], b = v[i + distance];
        v[i] = a + b;
        v[i + distance] = a - b;
      }
    }
  }
}

/* How a tile's lanes lie in the tensor. */
enum class Access {
  kLines,      /* all lanes are contiguous, and those of the strip's tiles follow each other */
  kVectors,    /* each vector of lanes is contiguous */
  kTransposed, /* neighbouring points are contiguous, lanes lie anywhere */
  kScattered   /* neither */
};

inline Access access_of(int contiguous_lanes, const int32_t* points, int point_count) {
  if (contiguous_lanes == kTileLanes) return Access::kLines;
  if (contiguous_lanes >= W) return Access::kVectors;
  // Whether a group of points is in fact contiguous is asked of each; the first two tell which way is worth trying.
  return point_count >= 8 && points[0] >= 0 && points[1] == points[0] + 1 ? Access::kTransposed : Access::kScattered;
}

inline bool contiguous_points(const int32_t* points) { return points[0] >= 0 && points[7] == points[0] + 7 && points[6] == points[0] + 6; }

/* Points [0, R) of `points`, lanes [first, first + W). */
template <int R, Access A, class T>
WHT_INLINE void load_points(const T* base, const int32_t* points, const int64_t* lanes, int count, int first, V (&v)[R]) {
  if (A == Access::kVectors) {
    const T* vector = base + lanes[first];
    for (int i = 0; i < R; i++) v[i] = points[i] < 0 ? V{} : load(vector + points[i]);
    return;
  }
  if constexpr (A == Access::kTransposed && R == 8) {
    if (contiguous_points(points)) {  // lanes not in use repeat the first one
      load_transposed(base + points[0], lanes + first, v);
      return;
    }
  }
  for (int i = 0; i < R; i++) {
    v[i] = V{};
    if (points[i] < 0) continue;
    for (int lane = 0; lane < W && first + lane < count; lane++) v[i][lane] = load_one(base + points[i] + lanes[first + lane]);
  }
}

template <int R, Access A, class T>
WHT_INLINE void store_points(T* base, const int32_t* points, const int64_t* lanes, int count, int first, const V (&v)[R]) {
  if (A == Access::kVectors) {
    T* vector = base + lanes[first];
    for (int i = 0; i < R; i++) {
      if (points[i] >= 0) store(vector + points[i], v[i]);
    }
    return;
  }
  if constexpr (A == Access::kTransposed && R == 8) {
    if (first + W <= count && contiguous_points(points)) {
      store_transposed(base + points[0], lanes + first, v);
      return;
    }
  }
  for (int i = 0; i < R; i++) {
    if (points[i] < 0) continue;
    for (int lane = 0; lane < W && first + lane < count; lane++) store_one(base + points[i] + lanes[first + lane], v[i][lane]);
  }
}

/*
 * Where rows lie 4 KB apart, as is common, all their lines compete for one set of the first-level cache: a line must be used whole while it
 * is there. So a strip of tiles reads several lines of a row after each other, and transposing reads both halves of a line, two groups of
 * points.
 */
constexpr int kGroupsAtOnce = 2;

/* Loads `points` neighbouring points (a multiple of R) and transforms each R of them. */
template <int R, class T>
void load_lines(const BlockTile& tile, int begin, int points, float* scratch) {
  static const T padding[kMaxStrip * kTileLanes] = {};
  const T* base = static_cast<const T*>(tile.input) + tile.input_lanes[0];
  const int64_t tile_floats = tile_size(tile.points);
  for (int k = begin; k < begin + points; k += R) {
    const T* rows[R];
#pragma GCC unroll 8
    for (int i = 0; i < R; i++) rows[i] = tile.input_points[k + i] < 0 ? padding : base + tile.input_points[k + i];
    float* lines = scratch + tile_line(k);
    for (int member = 0; member < tile.strip; member++, lines += tile_floats) {
#pragma GCC unroll 4
      for (int first = 0; first < kTileLanes; first += W) {
        V v[R];
#pragma GCC unroll 8
        for (int i = 0; i < R; i++) v[i] = load(rows[i] + member * kTileLanes + first);
        butterflies(v);
#pragma GCC unroll 8
        for (int i = 0; i < R; i++) store(lines + i * kTileLanes + first, v[i]);
      }
    }
  }
}

template <int R, Access A, class T>
void load_pass(const BlockTile& tile, int begin, int points, float* scratch) {
  if (A == Access::kLines) return load_lines<R, T>(tile, begin, points, scratch);
  const T* base = static_cast<const T*>(tile.input);
  for (int k = begin; k < begin + points; k += kGroupsAtOnce * R) {
    for (int first = 0; first < kTileLanes; first += W) {
      for (int group = k; group < k + kGroupsAtOnce * R && group < begin + points; group += R) {
        float* lines = scratch + tile_line(group) + first;
        V v[R];
        load_points<R, A>(base, tile.input_points + group, tile.input_lanes, tile.lanes, first, v);
        butterflies(v);
#pragma GCC unroll 8
        for (int i = 0; i < R; i++) store(lines + i * kTileLanes, v[i]);
      }
    }
  }
}

/* One vector of the last pass: R neighbouring points, transformed; of a spectrum, which is finished, R points of its ordering. */
template <int R, bool Inverse>
WHT_INLINE void last_butterflies(const BlockTile& tile, int k, const float* scratch, V (&v)[R]) {
#pragma GCC unroll 8
  for (int i = 0; i < R; i++) v[i] = load(scratch + (Inverse ? tile_line(k) + i * kTileLanes : tile_line(tile.spectrum_points[k + i])));
  if (Inverse) butterflies(v);
}

/* The last pass. */
template <int R, class T, bool Inverse>
void store_lines(const BlockTile& tile, int begin, int points, const float* scratch) {
  T padding[kMaxStrip * kTileLanes]; /* written instead of the tensor, never read */
  T* base = static_cast<T*>(tile.output) + tile.output_lanes[0];
  const int64_t tile_floats = tile_size(tile.points);
  for (int k = begin; k < begin + points; k += R) {
    T* rows[R];
#pragma GCC unroll 8
    for (int i = 0; i < R; i++) rows[i] = tile.output_points[k + i] < 0 ? padding : base + tile.output_points[k + i];
    for (int member = 0; member < tile.strip; member++) {
#pragma GCC unroll 4
      for (int first = 0; first < kTileLanes; first += W) {
        V v[R];
        last_butterflies<R, Inverse>(tile, k, scratch + member * tile_floats + first, v);
#pragma GCC unroll 8
        for (int i = 0; i < R; i++) store(rows[i] + member * kTileLanes + first, v[i]);
      }
    }
  }
}

template <int R, Access A, class T, bool Inverse>
void store_pass(const BlockTile& tile, int begin, int points, const float* scratch) {
  if (A == Access::kLines) return store_lines<R, T, Inverse>(tile, begin, points, scratch);
  T* base = static_cast<T*>(tile.output);
  for (int k = begin; k < begin + points; k += kGroupsAtOnce * R) {
    for (int first = 0; first < kTileLanes; first += W) {
      for (int group = k; group < k + kGroupsAtOnce * R && group < begin + points; group += R) {
        V v[R];
        last_butterflies<R, Inverse>(tile, group, scratch + first, v);
        store_points<R, A>(base, tile.output_points + group, tile.output_lanes, tile.lanes, first, v);
      }
    }
  }
}

/* The last pass of an inverse to aligned lines, past the cache: a line must be whole before it is written. */
template <int R>
void stream_pass(const BlockTile& tile, int begin, int points, const float* scratch) {
  float* base = static_cast<float*>(tile.output) + tile.output_lanes[0];
  const int64_t tile_floats = tile_size(tile.points);
  for (int k = begin; k < begin + points; k += R) {
    alignas(64) float result[kMaxStrip][R * kTileLanes];
    for (int member = 0; member < tile.strip; member++) {
#pragma GCC unroll 4
      for (int first = 0; first < kTileLanes; first += W) {
        V v[R];
        last_butterflies<R, true>(tile, k, scratch + member * tile_floats + first, v);
#pragma GCC unroll 8
        for (int i = 0; i < R; i++) store(result[member] + i * kTileLanes + first, v[i]);
      }
    }
    for (int i = 0; i < R; i++) {
      for (int member = 0; member < tile.strip; member++) {
        stream_line(base + tile.output_points[k + i] + member * kTileLanes, result[member] + i * kTileLanes);
      }
    }
  }
  finish_streaming();
}

/* Floats between lines that are `distance` points apart: below 64, and then within a sub-block of 64; or a multiple of 64. */
constexpr int64_t line_step(int64_t distance) { return (distance + distance / kInnerPoints) * kTileLanes; }

/* Butterflies of radix R at distances d, 2d, ... among `points` points. */
template <int R>
void butterfly_pass(int begin, int points, int distance, float* scratch) {
  const int64_t step = line_step(distance);
  for (int block = begin; block < begin + points; block += R * distance) {
    for (int k = block; k < block + distance; k++) {
#pragma GCC unroll 4
      for (int first = 0; first < kTileLanes; first += W) {
        V v[R];
#pragma GCC unroll 16
        for (int i = 0; i < R; i++) v[i] = load(scratch + tile_line(k) + i * step + first);
        butterflies(v);
#pragma GCC unroll 16
        for (int i = 0; i < R; i++) store(scratch + tile_line(k) + i * step + first, v[i]);
      }
    }
  }
}

/* The nonlinearity at one point with weight w and threshold t, times the inverse transform's scale. */
template <wht_nonlinearity F>
WHT_INLINE V nonlinearity(V x, float w, float t, float scale, const ScaledTanh& tanh) {
  const V v = x * w;
  if (F == WHT_NONE) return v * scale;
  const V kept = max(V{}, absolute(v) - t);
  return F == WHT_SMOOTH ? tanh(v) * kept : with_sign(kept, v) * scale;
}

/*
 * The last pass of the forward transform, the nonlinearity, and the first pass of the inverse. It computes most and reads no new memory, so
 * it is where the lines of the next strip are asked for (`next`, or NULL).
 */
template <int R, wht_nonlinearity F>
void middle_pass(const BlockTile& tile, int distance, float* scratch, const float* next) {
  const int64_t step = line_step(distance);
  const float* t = tile.thresholds;
  const ScaledTanh tanh(tile.output_scale);
  for (int k = 0; k < distance; k++) {
    if (next != nullptr) {
#pragma GCC unroll 16
      for (int i = 0; i < R; i++) __builtin_prefetch(next + tile.input_points[k + i * distance], 0, 2);
    }
#pragma GCC unroll 4
    for (int first = 0; first < kTileLanes; first += W) {
      V v[R];
#pragma GCC unroll 16
      for (int i = 0; i < R; i++) v[i] = load(scratch + tile_line(k) + i * step + first);
      butterflies(v);
#pragma GCC unroll 16
      for (int i = 0; i < R; i++) {
        const int point = k + i * distance;
        v[i] = nonlinearity<F>(v[i], tile.weights[point], F == WHT_NONE ? 0 : t[point], tile.output_scale, tanh);
      }
      butterflies(v);
#pragma GCC unroll 16
      for (int i = 0; i < R; i++) store(scratch + tile_line(k) + i * step + first, v[i]);
    }
  }
}

/* The last pass of a transform without inverse. */
template <int R>
void scale_pass(const BlockTile& tile, int distance, float* scratch) {
  const int64_t step = line_step(distance);
  for (int k = 0; k < distance; k++) {
    for (int first = 0; first < kTileLanes; first += W) {
      V v[R];
#pragma GCC unroll 16
      for (int i = 0; i < R; i++) v[i] = load(scratch + tile_line(k) + i * step + first);
      butterflies(v);
#pragma GCC unroll 16
      for (int i = 0; i < R; i++) store(scratch + tile_line(k) + i * step + first, v[i] * tile.output_scale);
    }
  }
}

template <int R>
void middle(const BlockTile& tile, int distance, float* scratch, const float* next) {
  if (!tile.inverse) return scale_pass<R>(tile, distance, scratch);
  if (tile.nonlinearity == WHT_SMOOTH) return middle_pass<R, WHT_SMOOTH>(tile, distance, scratch, next);
  if (tile.nonlinearity == WHT_SOFT) return middle_pass<R, WHT_SOFT>(tile, distance, scratch, next);
  return middle_pass<R, WHT_NONE>(tile, distance, scratch, next);
}

inline void middle(int radix, const BlockTile& tile, int distance, float* scratch, const float* next) {
  switch (radix) {
    case 1: return middle<1>(tile, distance, scratch, next);
    case 2: return middle<2>(tile, distance, scratch, next);
    case 4: return middle<4>(tile, distance, scratch, next);
    case 8: return middle<8>(tile, distance, scratch, next);
    default: return middle<16>(tile, distance, scratch, next);
  }
}

template <int R, class T>
void load_points_of(const BlockTile& tile, Access access, int begin, int points, float* scratch) {
  if (access == Access::kLines) return load_pass<R, Access::kLines, T>(tile, begin, points, scratch);
  if (access == Access::kVectors) return load_pass<R, Access::kVectors, T>(tile, begin, points, scratch);
  if (access == Access::kTransposed) return load_pass<R, Access::kTransposed, T>(tile, begin, points, scratch);
  return load_pass<R, Access::kScattered, T>(tile, begin, points, scratch);
}

template <int R, class T, bool Inverse>
void store_points_of(const BlockTile& tile, Access access, int begin, int points, const float* scratch) {
  if (access == Access::kLines) return store_pass<R, Access::kLines, T, Inverse>(tile, begin, points, scratch);
  if (access == Access::kVectors) return store_pass<R, Access::kVectors, T, Inverse>(tile, begin, points, scratch);
  if (access == Access::kTransposed) return store_pass<R, Access::kTransposed, T, Inverse>(tile, begin, points, scratch);
  return store_pass<R, Access::kScattered, T, Inverse>(tile, begin, points, scratch);
}

/* Whether whole lines of the output lie at multiples of 64 bytes, as writing past the cache wants them. */
inline bool aligned_lines(const BlockTile& tile, Access access) {
  if (access != Access::kLines || tile.output_dtype != WHT_FLOAT32) return false;
  const float* base = static_cast<const float*>(tile.output) + tile.output_lanes[0];
  bool aligned = true;
  for (int k = 0; k < tile.points; k++) {
    aligned = aligned && (reinterpret_cast<uintptr_t>(base + tile.output_points[k]) & 63) == 0;
  }
  return aligned;
}

/* R is the radix of the first and last pass: 8, or all points where there are fewer. */
template <int R>
void transform(const BlockTile& tile, float* scratch) {
  const int n = tile.points;
  const int sub_block = n < kInnerPoints ? n : kInnerPoints;
  const int inner_radix = sub_block / R;
  const Access in = access_of(tile.contiguous_input_lanes, tile.input_points, n);
  const Access out = access_of(tile.contiguous_output_lanes, tile.output_points, n);
  const bool stream = tile.stream && tile.inverse && aligned_lines(tile, out);

  for (int k = 0; k < n; k += sub_block) {
    if (tile.input_dtype == WHT_FLOAT32) {
      load_points_of<R, float>(tile, in, k, sub_block, scratch);
    } else {
      load_points_of<R, Half>(tile, in, k, sub_block, scratch);
    }
    if (n > sub_block) butterfly_pass<8>(k, sub_block, 8, scratch);
  }

  int distance = sub_block;
  if (n == sub_block) {
    const bool ahead = in == Access::kLines && tile.input_dtype == WHT_FLOAT32;
    const float* next = static_cast<const float*>(tile.input) + tile.input_lanes[0] + tile.strip * kTileLanes;
    for (int member = 0; member < tile.strip; member++) {
      middle(inner_radix, tile, R, scratch + member * tile_size(n), ahead ? next + member * kTileLanes : nullptr);
    }
  } else {
    for (; n / distance > 16; distance *= 8) butterfly_pass<8>(0, n, distance, scratch);
    middle(n / distance, tile, distance, scratch, nullptr);
    if (tile.inverse) {
      while (distance > sub_block) {
        distance /= 8;
        butterfly_pass<8>(0, n, distance, scratch);
      }
    }
  }

  const bool half = tile.output_dtype == WHT_FLOAT16;
  if (!tile.inverse) {
    return half ? store_points_of<R, Half, false>(tile, out, 0, n, scratch) : store_points_of<R, float, false>(tile, out, 0, n, scratch);
  }
  for (int k = 0; k < n; k += sub_block) {
    if (n > sub_block) butterfly_pass<8>(k, sub_block, 8, scratch);
    if (stream) {
      stream_pass<R>(tile, k, sub_block, scratch);
    } else if (half) {
      store_points_of<R, Half, true>(tile, out, k, sub_block, scratch);
    } else {
      store_points_of<R, float, true>(tile, out, k, sub_block, scratch);
    }
  }
}

}  // namespace WHT_SIMD_NAMESPACE
}  // namespace wht
