#include "backend.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>

#include "kernels.h"
#include "memory.h"
#include "operation.h"
#include "../stream/step.h"

using namespace wht;

struct wht_buffer {
  std::shared_ptr<void> memory;
  int64_t count;
  wht_dtype dtype;
};

struct wht_operation {
  OperationPointer operation;
};

struct wht_event {
  using Clock = std::chrono::steady_clock;
  std::shared_ptr<Clock::time_point> time = std::make_shared<Clock::time_point>();
};

struct wht_device {
  wht_device(const Kernels& kernels, int threads)
      : kernels(kernels), memory(std::make_shared<MemoryPool>()), execution(kernels, threads, memory) {}

  const Kernels& kernels;
  std::shared_ptr<MemoryPool> memory;
  Execution execution;
  Stream stream;  // last: its thread uses the others
};

namespace {

/* Commands keep the memory they use: a buffer may be released while they wait. */

class Submission final : public Stream::Command {
 public:
  Submission(wht_device& device, OperationPointer operation, const wht_shape& shape, std::shared_ptr<void> input,
             std::shared_ptr<void> second_input, std::shared_ptr<void> output)
      : device_(device),
        operation_(std::move(operation)),
        shape_(shape),
        input_(std::move(input)),
        second_input_(std::move(second_input)),
        output_(std::move(output)) {}

  const char* name() const override { return operation_->name(); }
  void run() override { operation_->run(device_.execution, shape_, input_.get(), second_input_.get(), output_.get()); }

 private:
  wht_device& device_;
  OperationPointer operation_;
  wht_shape shape_;
  std::shared_ptr<void> input_, second_input_, output_;
};

void store_floats(const Kernels& kernels, const float* data, void* memory, int64_t count, wht_dtype dtype) {
  if (dtype == WHT_FLOAT16) {
    kernels.to_half(data, static_cast<Half*>(memory), count);
  } else {
    std::memcpy(memory, data, static_cast<size_t>(count) * sizeof(float));
  }
}

/* What programs can still have: free memory and what the kernel would give up for them, in bytes. 0 where the system does not say. */
uint64_t available_memory() {
  std::ifstream file("/proc/meminfo");
  std::string line;
  while (std::getline(file, line)) {
    if (line.compare(0, 13, "MemAvailable:") == 0) return std::strtoull(line.c_str() + 13, nullptr, 10) * 1024;
  }
  return 0;
}

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  std::string line, name = "CPU";
  while (std::getline(file, line)) {
    const size_t colon = line.find(": ");
    if (colon != std::string::npos && line.compare(0, 10, "model name") == 0) return line.substr(colon + 2);
  }
  return name;
}

void copy_string(char* target, size_t size, const std::string& text) {
  std::strncpy(target, text.c_str(), size - 1);
  target[size - 1] = '\0';
}

void fill_info(const Kernels& kernels, int threads, wht_device_info* info) {
  *info = wht_device_info{};
  copy_string(info->name, sizeof info->name, processor_name());
  copy_string(info->backend, sizeof info->backend, std::string("cpu ") + kernels.name);
  copy_string(info->simd, sizeof info->simd, kernels.name);
  info->threads = threads;
  const uint64_t page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  info->memory_total = static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * page;
  info->memory_free = available_memory();
}

wht_status device_count(int32_t* count, wht_error*) {
  *count = 1;
  return WHT_OK;
}

/* The processors that this process may run on: more threads than that would wait for each other. */
int default_threads() {
  int count = static_cast<int>(std::thread::hardware_concurrency());
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) count = CPU_COUNT(&set);
#endif
  return std::min(256, std::max(1, count));
}

wht_status describe(int32_t, wht_device_info* info, wht_error*) {
  fill_info(*find_kernels(""), default_threads(), info);
  return WHT_OK;
}

wht_status open_device(int32_t, const wht_device_options* options, wht_device** device, wht_error* error) {
  return guarded(error, [&] {
    const Kernels* kernels = find_kernels(options->simd);
    if (kernels == nullptr) {
      throw BackendError(WHT_ERROR_NO_DEVICE, std::string("Expected WHT_SIMD to name an instruction set of this processor, got '") +
                                                  options->simd + "' (the widest here is '" + find_kernels("")->name + "')");
    }
    *device = new wht_device(*kernels, options->threads > 0 ? options->threads : default_threads());
  });
}

void close_device(wht_device* device, int32_t finish) {
  if (!finish) device->stream.cancel();
  delete device;
}

void device_info(wht_device* device, wht_device_info* info) { fill_info(device->kernels, device->execution.pool.threads(), info); }

void memory_use(wht_device* device, wht_memory_use* use) { *use = device->memory->use(); }

wht_status allocate(wht_device* device, uint64_t count, wht_dtype dtype, int32_t, wht_buffer** buffer, wht_error* error) {
  const wht_status status = guarded(error, [&] {
    const int64_t elements = static_cast<int64_t>(count);
    *buffer = new wht_buffer{device->memory->allocate(static_cast<size_t>(elements * element_size(dtype))), elements, dtype};
  });
  if (status != WHT_ERROR_OUT_OF_MEMORY) return status;
  return report(error, status, "The CPU device has no memory left for a tensor of " + std::to_string(count) + " elements");
}

wht_status slice(wht_device*, wht_buffer* buffer, uint64_t offset, uint64_t count, wht_buffer** part, wht_error* error) {
  return guarded(error, [&] {
    const int64_t begin = static_cast<int64_t>(offset) * element_size(buffer->dtype);
    std::shared_ptr<void> memory(buffer->memory, static_cast<char*>(buffer->memory.get()) + begin);
    *part = new wht_buffer{std::move(memory), static_cast<int64_t>(count), buffer->dtype};
  });
}

void release_buffer(wht_device*, wht_buffer* buffer) { delete buffer; }

wht_status zero(wht_device* device, wht_buffer* buffer, wht_error* error) {
  return guarded(error, [&] {
    const size_t bytes = static_cast<size_t>(buffer->count * element_size(buffer->dtype));
    push(device->stream, "zero", [memory = buffer->memory, bytes] { std::memset(memory.get(), 0, bytes); });
  });
}

wht_status write(wht_device* device, wht_buffer* buffer, const float* data, wht_error* error) {
  return guarded(error, [&] {
    const int64_t count = buffer->count;
    const wht_dtype dtype = buffer->dtype;
    if (buffer->memory.use_count() == 1) {
      // Nothing queued uses the memory: it can be filled now, with one copy. The fence orders this after the last use that another thread
      // gave up.
      std::atomic_thread_fence(std::memory_order_acquire);
      store_floats(device->kernels, data, buffer->memory.get(), count, dtype);
      return;
    }
    const size_t bytes = static_cast<size_t>(count) * sizeof(float);
    std::shared_ptr<void> staged = device->memory->allocate(bytes, MemoryPool::Account::kWorkspace);
    std::memcpy(staged.get(), data, bytes);
    push(device->stream, "write", [&kernels = device->kernels, staged, memory = buffer->memory, count, dtype] {
      store_floats(kernels, static_cast<const float*>(staged.get()), memory.get(), count, dtype);
    });
  });
}

wht_status read(wht_device* device, wht_buffer* buffer, float* data, wht_callback callback, void* context, wht_error* error) {
  return guarded(error, [&] {
    auto copy = [&kernels = device->kernels, memory = buffer->memory, count = buffer->count, dtype = buffer->dtype, data] {
      if (dtype == WHT_FLOAT16) {
        kernels.to_float(static_cast<const Half*>(memory.get()), data, count);
      } else {
        std::memcpy(data, memory.get(), static_cast<size_t>(count) * sizeof(float));
      }
    };
    // Both or neither: a copy without its callback would write to memory that nobody holds any more.
    device->stream.push(make_step("read", std::move(copy)), callback, context);
  });
}

void* host_pointer(wht_buffer* buffer) { return buffer->memory.get(); }

template <class Make>
wht_status prepare(wht_operation** operation, wht_error* error, const Make& make) {
  return guarded(error, [&] { *operation = new wht_operation{make()}; });
}

wht_status prepare_block_transform(wht_device* device, const wht_block_transform* d, wht_operation** operation, wht_error* error) {
  return prepare(operation, error, [&] { return make_block_transform(*d, *device->memory); });
}

wht_status prepare_convolution(wht_device* device, const wht_convolution* d, wht_operation** operation, wht_error* error) {
  return prepare(operation, error, [&] { return make_convolution(*d, device->kernels, *device->memory); });
}

wht_status convolution_parameters(wht_device*, wht_operation* operation, float* kernel, float* bias, wht_error*) {
  operation->operation->parameters(kernel, bias);
  return WHT_OK;
}

wht_status convolution_algorithms(wht_device* device, wht_operation*, const wht_shape*, wht_algorithm* table, int32_t capacity,
                                  wht_callback callback, void* context, wht_error* error) {
  // There is one way to compute a convolution here.
  std::fill(table, table + capacity, wht_algorithm{});
  return guarded(error, [&] { device->stream.notify(callback, context); });
}

wht_status prepare_spectral_threshold(wht_device* device, const wht_spectral_threshold* d, wht_operation** operation, wht_error* error) {
  return prepare(operation, error, [&] { return make_spectral_threshold(*d, *device->memory); });
}

wht_status prepare_affine(wht_device* device, const wht_affine* d, wht_operation** operation, wht_error* error) {
  return prepare(operation, error, [&] { return make_affine(*d, *device->memory); });
}

wht_status prepare_pool(wht_device*, const wht_pool* d, wht_operation** operation, wht_error* error) {
  return prepare(operation, error, [&] { return make_pool(*d); });
}

wht_status prepare_crop_or_pad(wht_device*, const wht_crop_or_pad* d, wht_operation** operation, wht_error* error) {
  return prepare(operation, error, [&] { return make_crop_or_pad(*d); });
}

wht_status prepare_global_average_pool(wht_device*, const wht_global_average_pool* d, wht_operation** operation, wht_error* error) {
  return prepare(operation, error, [&] { return make_global_average_pool(*d); });
}

wht_status prepare_binary(wht_device*, const wht_binary* d, wht_operation** operation, wht_error* error) {
  return prepare(operation, error, [&] { return make_binary(*d); });
}

wht_status prepare_copy(wht_device*, const wht_copy* d, wht_operation** operation, wht_error* error) {
  return prepare(operation, error, [&] { return make_copy(*d); });
}

uint64_t operation_bytes(const wht_operation* operation) { return static_cast<uint64_t>(operation->operation->parameter_bytes()); }

void release_operation(wht_device*, wht_operation* operation) { delete operation; }

wht_status submit(wht_device* device, wht_operation* operation, const wht_shape* shape, wht_buffer* input, wht_buffer* second_input,
                  wht_buffer* output, wht_error* error) {
  if (shape->n == 0 || shape->h == 0 || shape->w == 0 || shape->c == 0) return WHT_OK;
  return guarded(error, [&] {
    device->stream.push(std::unique_ptr<Stream::Command>(new Submission(*device, operation->operation, *shape, input->memory,
                                                                        second_input ? second_input->memory : nullptr, output->memory)));
  });
}

wht_status notify(wht_device* device, wht_callback callback, void* context, wht_error* error) {
  return guarded(error, [&] { device->stream.notify(callback, context); });
}

wht_status synchronize(wht_device* device, wht_error* error) {
  wht_error failure{};
  const wht_status status = guarded(error, [&] { failure = device->stream.synchronize(); });
  if (status != WHT_OK || failure.status == WHT_OK) return status;
  return report(error, failure.status, failure.message);
}

wht_status mark(wht_device* device, wht_event** event, wht_error* error) {
  return guarded(error, [&] {
    *event = new wht_event;
    push(device->stream, "mark", [time = (*event)->time] { *time = wht_event::Clock::now(); });
  });
}

void release_event(wht_device*, wht_event* event) { delete event; }

double elapsed(wht_device*, const wht_event* start, const wht_event* end) {
  return std::chrono::duration<double, std::milli>(*end->time - *start->time).count();
}

}  // namespace

extern "C" int32_t wht_cpu_backend_entry(uint32_t version, wht_backend* backend) {
  if (version != WHT_BACKEND_VERSION) return 0;
  *backend = wht_backend{device_count,
                         describe,
                         open_device,
                         close_device,
                         device_info,
                         memory_use,
                         allocate,
                         slice,
                         release_buffer,
                         zero,
                         write,
                         read,
                         host_pointer,
                         prepare_block_transform,
                         prepare_convolution,
                         convolution_parameters,
                         convolution_algorithms,
                         prepare_spectral_threshold,
                         prepare_affine,
                         prepare_pool,
                         prepare_crop_or_pad,
                         prepare_global_average_pool,
                         prepare_binary,
                         prepare_copy,
                         operation_bytes,
                         release_operation,
                         submit,
                         notify,
                         synchronize,
                         mark,
                         release_event,
                         elapsed};
  return 1;
}
