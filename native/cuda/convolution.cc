/*
 * Convolution by cuDNN, in the faster of two forms: convolution and then bias and activation in one pass of our own, or both in cuDNN's
 * fused call. What is fastest depends on the GPU, on cuDNN's version and on the shape, and cuDNN's own guess is often wrong, so the first
 * run of a shape times all that may be used.
 *
 * What may be used: the algorithms that sum products directly. Those by Winograd and by Fourier transforms are only timed, for whoever asks
 * for the table: their errors are beyond the 1e-6 that layers promise (or beyond float16's range), and depend on the data, so that no check
 * on one input would hold for the next; and they spread one NaN over a whole tile. Nor is a fused call used that makes a number of NaN, as
 * ReLU by max(z, 0) does: each is tried on NaNs. A description that says `inexact` gives up both promises, and has the fastest of all.
 *
 * For a depthwise convolution, a kernel of our own is one candidate more, and all that is needed where there is no cuDNN.
 *
 * A scale is multiplied into the kernel before it is uploaded, so that cuDNN's fused call can still be used, and no pass is needed for it.
 * Products are rounded to the tensors' dtype, as the kernel alone would be.
 */
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "cudnn.h"
#include "depthwise.h"
#include "kernels/plan.h"
#include "operation.h"
#include "runtime.h"

namespace wht {
namespace cuda {
namespace {

/* cuDNN's forward algorithms, by number, and our own. */
constexpr const char* kAlgorithms[] = {"IMPLICIT_GEMM", "IMPLICIT_PRECOMP_GEMM", "GEMM",     "DIRECT", "FFT", "FFT_TILING",
                                       "WINOGRAD",      "WINOGRAD_NONFUSED",     "DEPTHWISE"};
constexpr int kPrecompGemm = 1, kFft = 4, kAlgorithmCount = 8, kDepthwise = 8;

/* No algorithm may take more workspace than this, nor than a quarter of the memory that is free. */
constexpr size_t kWorkspaceCap = size_t{256} << 20;

/* From this version on, float32 is rounded to TF32 unless that is turned off. */
constexpr size_t kFirstWithTf32 = 8001;

/* Rounds to nearest, ties to even. */
uint16_t to_half(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  const uint32_t sign = bits >> 16 & 0x8000;
  uint32_t magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return static_cast<uint16_t>(sign | 0x7e00);
  if (magnitude >= 0x477ff000) return static_cast<uint16_t>(sign | 0x7c00);  // 65520 and beyond
  if (magnitude < 0x38800000) {
    // Below 2^-14, halves are the multiples of 2^-24, as are floats next to 0.5.
    const float moved = std::fabs(value) + 0.5f;
    std::memcpy(&magnitude, &moved, sizeof magnitude);
    return static_cast<uint16_t>(sign | (magnitude - 0x3f000000));
  }
  return static_cast<uint16_t>(sign | ((magnitude - 0x38000000 + 0xfff + (magnitude >> 13 & 1)) >> 13));
}

std::vector<uint16_t> to_halves(const std::vector<float>& values) {
  std::vector<uint16_t> halves(values.size());
  std::transform(values.begin(), values.end(), halves.begin(), to_half);
  return halves;
}

/* Device memory for trials. Not from the pool, which would keep what is never needed again. */
class TrialMemory {
 public:
  TrialMemory(MemoryPool& pool, size_t bytes) {
    if (bytes == 0) return;
    status_ = cudaMalloc(&memory_, bytes);
    if (status_ == cudaSuccess) return;
    cudaGetLastError();
    pool.trim();
    status_ = cudaMalloc(&memory_, bytes);
    if (status_ != cudaSuccess) cudaGetLastError();
  }
  ~TrialMemory() { cudaFree(memory_); }
  TrialMemory(const TrialMemory&) = delete;
  TrialMemory& operator=(const TrialMemory&) = delete;

  cudaError_t status() const { return status_; }
  void* get() const { return memory_; }

 private:
  cudaError_t status_ = cudaSuccess;
  void* memory_ = nullptr;
};

/* Times work on a stream, on the GPU's clock. */
class Stopwatch {
 public:
  explicit Stopwatch(cudaStream_t stream) : stream_(stream) {
    check(cudaEventCreate(&start_), "cudaEventCreate");
    const cudaError_t status = cudaEventCreate(&end_);
    if (status == cudaSuccess) return;
    cudaEventDestroy(start_);
    check(status, "cudaEventCreate");
  }
  ~Stopwatch() {
    cudaEventDestroy(start_);
    cudaEventDestroy(end_);
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

  void start() { check(cudaEventRecord(start_, stream_), "cudaEventRecord"); }
  /* Milliseconds; waits for the work. */
  double stop() {
    check(cudaEventRecord(end_, stream_), "cudaEventRecord");
    check(cudaEventSynchronize(end_), "cudaEventSynchronize");
    float milliseconds = 0;
    check(cudaEventElapsedTime(&milliseconds, start_, end_), "cudaEventElapsedTime");
    return milliseconds;
  }

 private:
  cudaStream_t stream_;
  cudaEvent_t start_ = nullptr, end_ = nullptr;
};

/* One shape in one layout, as cuDNN knows it. */
struct Problem {
  wht_shape input, output;
  wht_layout layout; /* where it is not the tensors', they are transposed before and after */
  CudnnDescriptor<CudnnTensor> x, y;
  CudnnFilter* filter;
  const void* kernel;
};

int64_t elements(const wht_shape& shape) { return shape.n * shape.h * shape.w * shape.c; }

/* One way to compute it. */
struct Candidate {
  std::shared_ptr<const Problem> problem;
  int algorithm;
  bool fused;
  double milliseconds = -1; /* negative: it did not run */
  size_t workspace = 0;
  std::string reason{}; /* why it did not run, or may not be chosen */
};

/* How carefully candidates are timed. */
struct Effort {
  bool all;      /* also those that may not be chosen */
  int runs;      /* timed, after one call that is not */
  int slow_runs; /* of one that is clearly slower than another */
  int calls;     /* at most, in each run: issuing takes time too, which must not be taken for the GPU's */
};
constexpr Effort kForChoice{false, 3, 1, 1};
constexpr Effort kForTable{true, 11, 3, 8};

/* A run as long as this needs no more calls: issuing one takes some 0.02 to 0.1 ms. On a slow board, a table would take minutes. */
constexpr double kLongRun = 10;

class Convolution final : public Operation {
 public:
  Convolution(const wht_convolution& d, const Cudnn& cudnn, Execution& execution)
      : d_(d),
        cudnn_(cudnn),
        taps_(int64_t{d.kernel_size} * d.kernel_size),
        group_in_(d.in_channels / d.groups),
        has_bias_(d.bias != nullptr),
        fused_(d.activation == WHT_RELU || (d.activation == WHT_IDENTITY && has_bias_)),
        filter_(make_filter(d.layout)),
        nchw_filter_(make_filter(WHT_NCHW)),
        convolution_(make_descriptor(cudnn, cudnn.create_convolution, cudnn.destroy_convolution)),
        bias_descriptor_(make_tensor(WHT_NCHW, wht_shape{1, 1, 1, d.out_channels})),
        activation_(make_descriptor(cudnn, cudnn.create_activation, cudnn.destroy_activation)) {
    const int pad = (d.kernel_size - 1) / 2;
    cudnn.check(cudnn.set_convolution(convolution_.get(), pad, pad, d.stride, d.stride, 1, 1, kCudnnCrossCorrelation, kCudnnFloat),
                "cudnnSetConvolution2dDescriptor");
    cudnn.check(cudnn.set_group_count(convolution_.get(), d.groups), "cudnnSetConvolutionGroupCount");
    cudnn.check(cudnn.set_math_type(convolution_.get(), math()), "cudnnSetConvolutionMathType");
    // The fused call takes no other kind of NaN propagation.
    cudnn.check(cudnn.set_activation(activation_.get(), d.activation == WHT_RELU ? kCudnnRelu : kCudnnIdentity, kCudnnNotPropagateNan, 0),
                "cudnnSetActivationDescriptor");

    std::vector<float> kernel(d.kernel, d.kernel + kernel_count());
    // Float16 tensors have a float16 kernel, and a scale is multiplied into it, but parameters are given back as they came. That copy is in
    // the host's memory, so that what the layer takes on the device is what it needs there.
    if (d.dtype == WHT_FLOAT16 || d.scale != nullptr) given_kernel_ = kernel;
    if (d.layout == WHT_NHWC) {
      for_each_weight([&](int64_t given, int64_t at) { kernel[at] = d.kernel[given]; });
    }
    if (d.scale != nullptr) {
      // Both orders begin with the output channel.
      for (int64_t at = 0; at < kernel_count(); at++) kernel[at] *= d.scale[at / (group_in_ * taps_)];
    }
    kernel_ = upload(execution, kernel);
    std::vector<float> bias(d.out_channels, 0.0f);
    if (has_bias_) {
      bias.assign(d.bias, d.bias + d.out_channels);
      bias_ = execution.upload(bias.data(), bias.size() * sizeof(float));
    }
    if (fused_) fused_bias_ = has_bias_ && d.dtype == WHT_FLOAT32 ? bias_ : upload(execution, bias);
    if (is_depthwise(d)) depthwise_ = std::make_unique<const Depthwise>(d, execution);
    d_.kernel = d_.scale = d_.bias = nullptr;
  }

  const char* name() const override { return "convolution"; }

  int64_t parameter_bytes() const override {
    const int64_t bias_bytes = int64_t{d_.out_channels} * (has_bias_ ? 4 : 0);
    const int64_t fused_bias_bytes = fused_ && fused_bias_ != bias_ ? d_.out_channels * element_size(d_.dtype) : 0;
    return kernel_count() * element_size(d_.dtype) + bias_bytes + fused_bias_bytes +
           (depthwise_ != nullptr ? depthwise_->parameter_bytes() : 0);
  }

  void parameters(Execution& execution, float* kernel, float* bias) const override {
    if (has_bias_ && bias != nullptr) execution.download(bias_.get(), bias, d_.out_channels * sizeof(float));
    if (!given_kernel_.empty()) {
      std::copy(given_kernel_.begin(), given_kernel_.end(), kernel);
    } else if (d_.layout == WHT_NCHW) {
      execution.download(kernel_.get(), kernel, kernel_count() * sizeof(float));
    } else {
      std::vector<float> stored(kernel_count());
      execution.download(kernel_.get(), stored.data(), stored.size() * sizeof(float));
      for_each_weight([&](int64_t given, int64_t at) { kernel[given] = stored[at]; });
    }
  }

  int32_t algorithms(Execution& execution, const wht_shape& shape, wht_algorithm* table, int32_t capacity) const override {
    const size_t size = element_size(d_.dtype);
    MemoryPool& pool = *execution.memory();
    const TrialMemory input(pool, elements(shape) * size), output(pool, elements(output_shape(shape)) * size);
    check(input.status(), "cudaMalloc");
    check(output.status(), "cudaMalloc");
    fill(execution, input.get(), elements(shape));

    std::vector<Candidate> tried;
    const Candidate chosen = choose(execution, shape, kForTable, input.get(), output.get(), &tried);
    // From now on this is used, as it was timed more carefully than what the first run chose.
    set_choice(execution, shape, chosen);
    const auto order = [](const Candidate& candidate) { return candidate.milliseconds < 0 ? HUGE_VAL : candidate.milliseconds; };
    std::stable_sort(tried.begin(), tried.end(), [&](const Candidate& a, const Candidate& b) { return order(a) < order(b); });
    const auto count = static_cast<int32_t>(std::min<size_t>(tried.size(), static_cast<size_t>(std::max(capacity, 0))));
    for (int32_t i = 0; i < count; i++) {
      const Candidate& candidate = tried[i];
      wht_algorithm& entry = table[i];
      entry = wht_algorithm{};
      std::snprintf(entry.name, sizeof entry.name, "%s%s", kAlgorithms[candidate.algorithm],
                    candidate.problem->layout == d_.layout ? "" : " with transpositions");
      entry.layout = candidate.problem->layout;
      entry.fused = candidate.fused ? 1 : 0;
      entry.milliseconds = candidate.milliseconds;
      entry.workspace = candidate.workspace;
      entry.chosen = candidate.problem == chosen.problem && candidate.algorithm == chosen.algorithm && candidate.fused == chosen.fused;
      std::snprintf(entry.reason, sizeof entry.reason, "%s", candidate.reason.c_str());
    }
    return count;
  }

  void run(Execution& execution, const wht_shape& shape, const void* input, const void*, void* output) const override {
    auto choice = choices_.find(key(shape));
    if (choice == choices_.end()) {
      const auto known = execution.convolution_choices.find(kind(shape));
      if (known != execution.convolution_choices.end()) {
        const ConvolutionChoice& same = known->second;
        Candidate candidate{make_problem(execution, shape, same.layout), same.algorithm, same.fused};
        candidate.workspace = same.workspace;
        choices_.emplace(key(shape), candidate);
      } else {
        // Trials may write to the output: the last run writes it again.
        set_choice(execution, shape, choose(execution, shape, kForChoice, input, output, nullptr));
      }
      choice = choices_.find(key(shape));
    }
    const Candidate& chosen = choice->second;
    const std::shared_ptr<void> workspace = chosen.workspace == 0 ? nullptr : execution.workspace(chosen.workspace);
    cudnn_.check(issue(execution, chosen, input, output, workspace.get()),
                 chosen.fused ? "cudnnConvolutionBiasActivationForward" : "cudnnConvolutionForward");
  }

 private:
  using Key = std::tuple<int64_t, int64_t, int64_t>;
  static Key key(const wht_shape& shape) { return Key(shape.n, shape.h, shape.w); }
  ConvolutionKind kind(const wht_shape& shape) const {
    return {d_.dtype, d_.layout,  d_.in_channels, d_.out_channels, d_.kernel_size, d_.stride, d_.groups, d_.activation,
            d_.tf32,  d_.inexact, has_bias_,      shape.n,         shape.h,        shape.w,   shape.c};
  }

  int64_t kernel_count() const { return d_.out_channels * group_in_ * taps_; }

  /* Calls visit(index in OIHW, index in KRSC, which NHWC wants). */
  template <class Visit>
  void for_each_weight(const Visit& visit) const {
    int64_t at = 0;
    for (int64_t out = 0; out < d_.out_channels; out++) {
      for (int64_t tap = 0; tap < taps_; tap++) {
        for (int64_t in = 0; in < group_in_; in++) visit((out * group_in_ + in) * taps_ + tap, at++);
      }
    }
  }

  /* Values in the tensors' dtype. */
  std::shared_ptr<void> upload(Execution& execution, const std::vector<float>& values) const {
    if (d_.dtype == WHT_FLOAT32) return execution.upload(values.data(), values.size() * sizeof(float));
    const std::vector<uint16_t> halves = to_halves(values);
    return execution.upload(halves.data(), halves.size() * sizeof(uint16_t));
  }

  wht_shape output_shape(const wht_shape& input) const {
    return {input.n, (input.h - 1) / d_.stride + 1, (input.w - 1) / d_.stride + 1, d_.out_channels};
  }

  /* ---- cuDNN's descriptors ---- */

  static int format(wht_layout layout) { return layout == WHT_NHWC ? kCudnnNhwc : kCudnnNchw; }
  int type() const { return d_.dtype == WHT_FLOAT16 ? kCudnnHalf : kCudnnFloat; }

  int math() const {
    if (d_.dtype == WHT_FLOAT16) return kCudnnTensorOpMath;
    // Before TF32, the default never rounds (and the other setting would round to float16).
    return d_.tf32 == 0 && cudnn_.version >= kFirstWithTf32 ? kCudnnFmaMath : kCudnnDefaultMath;
  }

  CudnnDescriptor<CudnnFilter> make_filter(wht_layout layout) const {
    auto filter = make_descriptor(cudnn_, cudnn_.create_filter, cudnn_.destroy_filter);
    cudnn_.check(cudnn_.set_filter(filter.get(), type(), format(layout), d_.out_channels, d_.in_channels / d_.groups, d_.kernel_size,
                                   d_.kernel_size),
                 "cudnnSetFilter4dDescriptor");
    return filter;
  }

  CudnnDescriptor<CudnnTensor> make_tensor(wht_layout layout, const wht_shape& shape) const {
    auto tensor = make_descriptor(cudnn_, cudnn_.create_tensor, cudnn_.destroy_tensor);
    cudnn_.check(cudnn_.set_tensor(tensor.get(), format(layout), type(), static_cast<int>(shape.n), static_cast<int>(shape.c),
                                   static_cast<int>(shape.h), static_cast<int>(shape.w)),
                 "cudnnSetTensor4dDescriptor");
    return tensor;
  }

  std::shared_ptr<const Problem> make_problem(Execution& execution, const wht_shape& shape, wht_layout layout) const {
    const wht_shape output = output_shape(shape);
    const bool transposed = layout != d_.layout;
    if (transposed && nchw_kernel_ == nullptr) {
      nchw_kernel_ = execution.workspace(kernel_count() * element_size(d_.dtype));
      check(launch_transpose(execution.stream(), d_.dtype, d_.out_channels, taps_, group_in_, kernel_.get(), nchw_kernel_.get()),
            "launching a transposition");
    }
    return std::make_shared<const Problem>(Problem{shape, output, layout, make_tensor(layout, shape), make_tensor(layout, output),
                                                   (transposed ? nchw_filter_ : filter_).get(),
                                                   (transposed ? nchw_kernel_ : kernel_).get()});
  }

  /* ---- running ---- */

  /* Returns cuDNN's status; throws where anything else fails. */
  int issue(Execution& execution, const Candidate& candidate, const void* input, void* output, void* workspace) const {
    const Problem& problem = *candidate.problem;
    const cudaStream_t stream = execution.stream();
    if (candidate.algorithm == kDepthwise) {
      check(depthwise_->launch(execution, problem.input, input, output), "the kernel");
      return 0;
    }
    const auto images = static_cast<uint32_t>(problem.input.n), in_channels = static_cast<uint32_t>(problem.input.c),
               out_channels = static_cast<uint32_t>(problem.output.c);
    const auto in_positions = static_cast<uint32_t>(problem.input.h * problem.input.w),
               out_positions = static_cast<uint32_t>(problem.output.h * problem.output.w);
    const bool transposed = problem.layout != d_.layout;
    std::shared_ptr<void> nchw_input, nchw_output;
    const void* x = input;
    void* y = output;
    if (transposed) {
      nchw_input = execution.workspace(elements(problem.input) * element_size(d_.dtype));
      nchw_output = execution.workspace(elements(problem.output) * element_size(d_.dtype));
      check(launch_transpose(stream, d_.dtype, images, in_positions, in_channels, input, nchw_input.get()), "launching a transposition");
      x = nchw_input.get();
      y = nchw_output.get();
    }
    CudnnContext* context = execution.cudnn->context();
    const float one = 1, zero = 0;
    const int status =
        candidate.fused
            ? cudnn_.bias_activation_forward(context, &one, problem.x.get(), x, problem.filter, problem.kernel, convolution_.get(),
                                             candidate.algorithm, workspace, candidate.workspace, &zero, problem.y.get(), y,
                                             bias_descriptor_.get(), fused_bias_.get(), activation_.get(), problem.y.get(), y)
            : cudnn_.forward(context, &one, problem.x.get(), x, problem.filter, problem.kernel, convolution_.get(), candidate.algorithm,
                             workspace, candidate.workspace, &zero, problem.y.get(), y);
    if (status != 0) return status;
    if (!candidate.fused && (has_bias_ || d_.activation != WHT_IDENTITY)) {
      const AffinePlan plan{problem.layout, d_.activation, out_positions, out_channels, nullptr, static_cast<const float*>(bias_.get())};
      check(launch_affine(stream, d_.dtype, plan, images, y, nullptr, y), "launching an activation");
    }
    if (transposed) {
      check(launch_transpose(stream, d_.dtype, images, out_channels, out_positions, y, output), "launching a transposition");
    }
    return 0;
  }

  /* ---- choosing ---- */

  /* Whether an algorithm is as exact as the description wants it. */
  bool allowed(int algorithm) const { return d_.inexact != 0 || algorithm < kFft || algorithm == kDepthwise; }

  void set_choice(Execution& execution, const wht_shape& shape, const Candidate& chosen) const {
    choices_.insert_or_assign(key(shape), chosen);
    execution.convolution_choices[kind(shape)] =
        ConvolutionChoice{chosen.problem->layout, chosen.algorithm, chosen.fused, chosen.workspace};
  }

  /* Times the candidates and returns the fastest that may be used. All that were tried are added to *tried, which may be NULL. */
  Candidate choose(Execution& execution, const wht_shape& shape, const Effort& effort, const void* input, void* output,
                   std::vector<Candidate>* tried) const {
    execution.wait();  // a failure of earlier work is not to be taken for a candidate's
    execution.issued(name());
    std::set<std::string> reasons;
    for (const wht_layout layout : {d_.layout, WHT_NCHW}) {
      std::vector<Candidate> candidates = list(make_problem(execution, shape, layout), effort);
      measure(execution, effort, input, output, candidates);
      const Candidate* fastest = find_fastest(execution, candidates);
      execution.issued(name());  // it may have waited, and what has been waited for is no longer named in failures
      if (tried != nullptr) tried->insert(tried->end(), candidates.begin(), candidates.end());
      if (fastest != nullptr) return *fastest;
      for (const Candidate& candidate : candidates) reasons.insert(candidate.reason);
      if (d_.layout == WHT_NCHW) break;  // which all of cuDNN's convolutions know, so it is worth a transposition
    }
    execution.wait();  // or the GPU failed, and would say so in its own words
    execution.issued(name());
    std::string text;
    for (const std::string& reason : reasons) text += (text.empty() ? "" : "; ") + reason;
    throw BackendError(WHT_ERROR_EXECUTION, "cuDNN " + cudnn_version() + " has no algorithm for this convolution (" + text + ")");
  }

  std::vector<Candidate> list(const std::shared_ptr<const Problem>& problem, const Effort& effort) const {
    std::vector<Candidate> candidates;
    if (depthwise_ != nullptr && problem->layout == d_.layout) candidates.push_back(Candidate{problem, kDepthwise, true});
    for (int algorithm = 0; algorithm < kAlgorithmCount; algorithm++) {
      if (!effort.all && !allowed(algorithm)) continue;
      candidates.push_back(Candidate{problem, algorithm, false});
      // Without an activation, the fused call knows one algorithm only.
      if (fused_ && (d_.activation == WHT_RELU || algorithm == kPrecompGemm)) candidates.push_back(Candidate{problem, algorithm, true});
    }
    return candidates;
  }

  void measure(Execution& execution, const Effort& effort, const void* input, void* output, std::vector<Candidate>& candidates) const {
    // What the pool keeps is as good as free, and which algorithm is chosen must not depend on it.
    execution.memory()->trim();
    size_t free = 0, total = 0;
    check(cudaMemGetInfo(&free, &total), "cudaMemGetInfo");
    const size_t cap = std::min(kWorkspaceCap, free / 4);
    Stopwatch stopwatch(execution.stream());
    double best = HUGE_VAL;
    for (Candidate& candidate : candidates) {
      const Problem& problem = *candidate.problem;
      int status = 0;
      if (candidate.algorithm != kDepthwise) {
        status = cudnn_.get_workspace_size(execution.cudnn->context(), problem.x.get(), problem.filter, convolution_.get(), problem.y.get(),
                                           candidate.algorithm, &candidate.workspace);
      }
      if (status != 0) {
        candidate.workspace = 0;
        candidate.reason = reason_of(status);
        continue;
      }
      if (candidate.workspace > cap) {
        candidate.reason = "its workspace is above the cap of " + std::to_string(cap) + " bytes";
        continue;
      }
      const TrialMemory workspace(*execution.memory(), candidate.workspace);
      if (workspace.status() != cudaSuccess) {
        candidate.reason = "no memory is left for its workspace";
        continue;
      }
      status = issue(execution, candidate, input, output, workspace.get());
      // Milliseconds of one call among several.
      const auto time = [&](int calls) {
        stopwatch.start();
        for (int call = 0; status == 0 && call < calls; call++) status = issue(execution, candidate, input, output, workspace.get());
        return stopwatch.stop() / calls;
      };
      int calls = effort.calls, runs = effort.runs;
      if (status == 0 && calls > 1) calls = static_cast<int>(std::min<double>(calls, std::ceil(kLongRun / std::max(time(1), 1e-3))));
      std::vector<double> times;
      for (int i = 0; status == 0 && i < runs; i++) {
        times.push_back(time(calls));
        if (times.front() > 2 * best) runs = effort.slow_runs;
      }
      if (status != 0) {
        candidate.reason = reason_of(status);
        continue;
      }
      std::nth_element(times.begin(), times.begin() + times.size() / 2, times.end());
      candidate.milliseconds = times[times.size() / 2];
      if (allowed(candidate.algorithm)) {
        best = std::min(best, candidate.milliseconds);
      } else {
        candidate.reason = "not used by layers: inexact, and NaNs spread";
      }
    }
  }

  std::string reason_of(int status) const {
    cudaGetLastError();  // or a later launch would seem to have failed
    return cudnn_.get_error_string(status);
  }

  /* NULL where none may be used. */
  const Candidate* find_fastest(Execution& execution, std::vector<Candidate>& candidates) const {
    std::vector<Candidate*> usable;
    for (Candidate& candidate : candidates) {
      if (candidate.milliseconds >= 0 && allowed(candidate.algorithm)) usable.push_back(&candidate);
    }
    std::stable_sort(usable.begin(), usable.end(),
                     [](const Candidate* a, const Candidate* b) { return a->milliseconds < b->milliseconds; });
    for (Candidate* candidate : usable) {
      const bool cudnns_relu = candidate->fused && candidate->algorithm != kDepthwise && d_.activation == WHT_RELU;
      if (d_.inexact != 0 || !cudnns_relu || keeps_nan(execution, *candidate)) return candidate;
      candidate->reason = "not used by layers: NaN comes out as a number";
    }
    return nullptr;
  }

  /* Whether NaNs come out where nothing but NaNs goes in. */
  bool keeps_nan(Execution& execution, const Candidate& candidate) const {
    const int64_t in_count = elements(candidate.problem->input), out_count = elements(candidate.problem->output);
    const size_t size = element_size(d_.dtype);
    MemoryPool& pool = *execution.memory();
    const TrialMemory input(pool, in_count * size), output(pool, out_count * size), workspace(pool, candidate.workspace);
    for (const TrialMemory* memory : {&input, &output, &workspace}) check(memory->status(), "cudaMalloc");
    check(cudaMemsetAsync(input.get(), 0xff, in_count * size, execution.stream()), "cudaMemsetAsync");
    if (issue(execution, candidate, input.get(), output.get(), workspace.get()) != 0) return false;
    if (d_.dtype == WHT_FLOAT32) {
      std::vector<float> values(out_count);
      execution.download(output.get(), values.data(), out_count * size);
      return std::all_of(values.begin(), values.end(), [](float value) { return std::isnan(value); });
    }
    std::vector<uint16_t> values(out_count);
    execution.download(output.get(), values.data(), out_count * size);
    return std::all_of(values.begin(), values.end(), [](uint16_t value) { return (value & 0x7fff) > 0x7c00; });
  }

  /* Numbers between -1 and 1, the same each time: zeros would draw less power, and so run at higher clocks. */
  void fill(Execution& execution, void* memory, int64_t count) const {
    std::vector<float> values(count);
    uint32_t state = 0x9e3779b9;
    for (float& value : values) {
      state = state * 1664525 + 1013904223;
      value = static_cast<float>(static_cast<int32_t>(state)) * 0x1p-31f;
    }
    std::vector<uint16_t> halves;
    if (d_.dtype == WHT_FLOAT16) halves = to_halves(values);
    const void* source = d_.dtype == WHT_FLOAT16 ? static_cast<const void*>(halves.data()) : values.data();
    check(cudaMemcpyAsync(memory, source, count * element_size(d_.dtype), cudaMemcpyHostToDevice, execution.stream()), "cudaMemcpyAsync");
    execution.wait();
  }

  wht_convolution d_;
  const Cudnn& cudnn_;
  int64_t taps_, group_in_;
  bool has_bias_;
  bool fused_; /* whether cuDNN's fused call can do it */
  CudnnDescriptor<CudnnFilter> filter_, nchw_filter_;
  CudnnDescriptor<CudnnConvolution> convolution_;
  CudnnDescriptor<CudnnTensor> bias_descriptor_;
  CudnnDescriptor<CudnnActivationFunction> activation_;
  std::vector<float> given_kernel_;            /* empty where what was uploaded has the same values */
  std::shared_ptr<void> kernel_;               /* in the tensors' layout and dtype */
  std::shared_ptr<void> bias_;                 /* float32; NULL where there is none */
  std::shared_ptr<void> fused_bias_;           /* in the tensors' dtype, zeros where there is none */
  std::unique_ptr<const Depthwise> depthwise_; /* NULL for other convolutions */

  /* Touched by the stream's thread only. */
  mutable std::shared_ptr<void> nchw_kernel_;
  mutable std::map<Key, Candidate> choices_;
};

}  // namespace

OperationPointer make_convolution(const wht_convolution& description, Execution& execution) {
  execution.use();
  try {
    const Cudnn& cudnn = load_cudnn();
    // Here and not on the first run, so that a GPU that this cuDNN doesn't support is known at once. Convolutions that may be running on
    // the stream's thread have made it before.
    if (execution.cudnn == nullptr) execution.cudnn = std::make_shared<CudnnHandle>(cudnn, execution.stream());
    return std::make_shared<Convolution>(description, cudnn, execution);
  } catch (const BackendError& failure) {
    if (failure.status() != WHT_ERROR_NO_LIBRARY || !is_depthwise(description)) throw;
  }
  return make_depthwise_convolution(description, execution);
}

}  // namespace cuda
}  // namespace wht
