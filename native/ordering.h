/* Orders of the Walsh-Hadamard spectrum; lib/ordering.ts says what they are. */
#ifndef WHT_ORDERING_H
#define WHT_ORDERING_H

#include "backend.h"

namespace wht {

/** The natural-order row that stands at a position of an ordering of `points` rows, a power of two. */
inline int32_t natural_row(int32_t position, int32_t points, wht_ordering ordering) {
  if (ordering == WHT_NATURAL) return position;
  int32_t code = ordering == WHT_SEQUENCY ? position ^ (position >> 1) : position;
  int32_t row = 0;
  for (int32_t bit = 1; bit < points; bit *= 2) {
    row = row * 2 + (code & 1);
    code >>= 1;
  }
  return row;
}

}  // namespace wht

#endif
