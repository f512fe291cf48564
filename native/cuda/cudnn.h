/*
 * The part of cuDNN that convolutions need, loaded at run time and without its headers: this library must build and load where there is no
 * cuDNN, and work with whichever of the versions 7, 8 and 9 a machine has. These functions and values are the same in all three.
 */
#ifndef WHT_CUDA_CUDNN_H
#define WHT_CUDA_CUDNN_H

#include <cuda_runtime_api.h>

#include <cstddef>
#include <memory>
#include <string>

namespace wht {
namespace cuda {

/* cuDNN's enumerations, as far as they are used. Of its statuses only 0, success, means the same in all versions. */
enum CudnnDataType : int { kCudnnFloat = 0, kCudnnHalf = 2 };
enum CudnnFormat : int { kCudnnNchw = 0, kCudnnNhwc = 1 };
enum CudnnMode : int { kCudnnCrossCorrelation = 1 };
enum CudnnActivation : int { kCudnnRelu = 1, kCudnnIdentity = 5 };
enum CudnnNanPropagation : int { kCudnnNotPropagateNan = 0 };
enum CudnnMath : int { kCudnnDefaultMath = 0, kCudnnTensorOpMath = 1, kCudnnFmaMath = 3 };

struct CudnnContext;
struct CudnnTensor;
struct CudnnFilter;
struct CudnnConvolution;
struct CudnnActivationFunction;

/** cuDNN's functions. Dimensions are in the order of NCHW whatever the layout; alpha and beta point to floats. */
struct Cudnn {
  size_t (*get_version)();
  size_t (*get_cudart_version)();
  const char* (*get_error_string)(int status);

  int (*create)(CudnnContext**);
  int (*destroy)(CudnnContext*);
  int (*set_stream)(CudnnContext*, cudaStream_t);

  int (*create_tensor)(CudnnTensor**);
  int (*destroy_tensor)(CudnnTensor*);
  int (*set_tensor)(CudnnTensor*, int format, int type, int n, int c, int h, int w);
  int (*create_filter)(CudnnFilter**);
  int (*destroy_filter)(CudnnFilter*);
  int (*set_filter)(CudnnFilter*, int type, int format, int k, int c, int h, int w);
  int (*create_convolution)(CudnnConvolution**);
  int (*destroy_convolution)(CudnnConvolution*);
  int (*set_convolution)(CudnnConvolution*, int pad_h, int pad_w, int stride_h, int stride_w, int dilation_h, int dilation_w, int mode,
                         int compute_type);
  int (*set_group_count)(CudnnConvolution*, int groups);
  int (*set_math_type)(CudnnConvolution*, int math);
  int (*create_activation)(CudnnActivationFunction**);
  int (*destroy_activation)(CudnnActivationFunction*);
  int (*set_activation)(CudnnActivationFunction*, int mode, int nan_propagation, double coefficient);

  int (*get_workspace_size)(CudnnContext*, CudnnTensor* x, CudnnFilter* w, CudnnConvolution*, CudnnTensor* y, int algorithm, size_t* bytes);
  int (*forward)(CudnnContext*, const void* alpha, CudnnTensor* x_descriptor, const void* x, CudnnFilter* w_descriptor, const void* w,
                 CudnnConvolution*, int algorithm, void* workspace, size_t workspace_bytes, const void* beta, CudnnTensor* y_descriptor,
                 void* y);
  int (*bias_activation_forward)(CudnnContext*, const void* alpha1, CudnnTensor* x_descriptor, const void* x, CudnnFilter* w_descriptor,
                                 const void* w, CudnnConvolution*, int algorithm, void* workspace, size_t workspace_bytes,
                                 const void* alpha2, CudnnTensor* z_descriptor, const void* z, CudnnTensor* bias_descriptor,
                                 const void* bias, CudnnActivationFunction*, CudnnTensor* y_descriptor, void* y);

  /** As cuDNN writes it: 8201 for 8.2.1, 90100 for 9.1.0. */
  size_t version = 0;

  /** Throws BackendError, with cuDNN's word for the status, unless that is success. */
  void check(int status, const char* function) const;
};

/**
 * cuDNN, the same for the whole process and never closed: the newest version that is in $WHT_CUDNN_DIR, else that the loader finds; where
 * that is "none", there is no cuDNN. Throws BackendError(WHT_ERROR_NO_LIBRARY) with what came of each file that was tried. From any thread.
 */
const Cudnn& load_cudnn();

/** "8.2.1"; "" where cuDNN can't be loaded. */
std::string cudnn_version();

/** cuDNN's state on one device. It takes much memory there, so a device has but one, for all convolutions. To be used by one thread at a
 * time. */
class CudnnHandle {
 public:
  /** Throws BackendError(WHT_ERROR_NO_LIBRARY) where this cuDNN doesn't support the current device. */
  CudnnHandle(const Cudnn& cudnn, cudaStream_t stream);
  ~CudnnHandle();
  CudnnHandle(const CudnnHandle&) = delete;
  CudnnHandle& operator=(const CudnnHandle&) = delete;

  CudnnContext* context() const { return context_; }

 private:
  const Cudnn& cudnn_;
  CudnnContext* context_ = nullptr;
};

/** A descriptor of cuDNN's and the function that destroys it. */
template <class Descriptor>
using CudnnDescriptor = std::unique_ptr<Descriptor, int (*)(Descriptor*)>;

template <class Descriptor>
CudnnDescriptor<Descriptor> make_descriptor(const Cudnn& cudnn, int (*create)(Descriptor**), int (*destroy)(Descriptor*)) {
  Descriptor* descriptor = nullptr;
  cudnn.check(create(&descriptor), "cudnnCreate...Descriptor");
  return CudnnDescriptor<Descriptor>(descriptor, destroy);
}

}  // namespace cuda
}  // namespace wht

#endif
