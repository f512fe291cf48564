/* Maps cut to a size, or filled up to it with zeros. */
#include <algorithm>
#include <cstring>

#include "operation.h"

namespace wht {
namespace {

class CropOrPad final : public Operation {
 public:
  explicit CropOrPad(const wht_crop_or_pad& description) : d_(description) {}

  const char* name() const override { return "crop or pad"; }

  void run(Execution& execution, const wht_shape& shape, const void* input, const void*, void* output) const override {
    // Three nested sizes of an image, from the outermost: whatever the layout, each is cut or filled up by itself.
    const bool nhwc = d_.layout == WHT_NHWC;
    const int64_t from[3] = {nhwc ? shape.h : shape.c, nhwc ? shape.w : shape.h, nhwc ? shape.c : shape.w};
    const int64_t to[3] = {nhwc ? d_.height : d_.channels, nhwc ? d_.width : d_.height, nhwc ? d_.channels : d_.width};
    const int64_t size = element_size(d_.dtype);
    const int64_t middle = std::min(from[1], to[1]);
    const int64_t inner = std::min(from[2], to[2]) * size, from_inner = from[2] * size, to_inner = to[2] * size;
    const char* x = static_cast<const char*>(input);
    char* y = static_cast<char*>(output);
    execution.pool.run(shape.n * to[0], std::max<int64_t>(1, kGrain / (to[1] * to[2])), [&](int64_t begin, int64_t end, int) {
      for (int64_t at = begin; at < end; at++) {
        const int64_t image = at / to[0], outer = at % to[0];
        char* target = y + at * to[1] * to_inner;
        if (outer >= from[0]) {
          fill(target, to[1] * to_inner);
          continue;
        }
        const char* source = x + (image * from[0] + outer) * from[1] * from_inner;
        if (from_inner == to_inner) {
          std::memcpy(target, source, static_cast<size_t>(middle * inner));
        } else {
          for (int64_t row = 0; row < middle; row++) {
            std::memcpy(target + row * to_inner, source + row * from_inner, static_cast<size_t>(inner));
            fill(target + row * to_inner + inner, to_inner - inner);
          }
        }
        fill(target + middle * to_inner, (to[1] - middle) * to_inner);
      }
    });
  }

 private:
  static void fill(char* target, int64_t bytes) {
    if (bytes > 0) std::memset(target, 0, static_cast<size_t>(bytes));
  }

  wht_crop_or_pad d_;
};

}  // namespace

OperationPointer make_crop_or_pad(const wht_crop_or_pad& description) { return std::make_shared<CropOrPad>(description); }

}  // namespace wht
