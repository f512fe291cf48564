/* Depthwise convolution, where a matrix product would have a column or two for each of its groups. */
#ifndef WHT_CPU_DEPTHWISE_H
#define WHT_CPU_DEPTHWISE_H

#include "operation.h"

namespace wht {

/** Whether make_depthwise can take it: one input channel a group and, in NHWC, one output channel. */
inline bool is_depthwise(const wht_convolution& d) {
  return d.groups == d.in_channels && (d.layout == WHT_NCHW || d.out_channels == d.in_channels);
}

OperationPointer make_depthwise(const wht_convolution& description, MemoryPool& memory);

}  // namespace wht

#endif
