/* The CUDA backend's side of native/backend.h. */
#include "../backend.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <future>
#include <memory>
#include <mutex>
#include <set>
#include <cstdio>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "../stream/step.h"
#include "cudnn.h"
#include "execution.h"
#include "issue.h"
#include "kernels/plan.h"
#include "operation.h"
#include "runtime.h"
#include "tensor_memory.h"

using namespace wht;
using namespace wht::cuda;

struct wht_buffer {
  std::shared_ptr<TensorMemory> memory;
  size_t count;
  wht_dtype dtype;
};

struct wht_operation {
  OperationPointer operation;
};

using Event = std::remove_pointer_t<cudaEvent_t>;

struct wht_event {
  std::shared_ptr<Event> event;
};

struct wht_device {
  wht_device(int index, const wht_device_info& info) : info(info), execution(index, stream) {
    push(stream, "open", [this] { execution.use(); });
  }

  wht_device_info info;
  Execution execution;
  Stream stream;  // last: its thread uses the others
};

namespace {

/*
 * Commands keep the memory they use until they have issued their work: a buffer may be released while they wait, and its memory may go to a
 * later command of the same CUDA stream then.
 */

/* Waits for the GPU, so that a callback after it comes when all before has run. */
std::unique_ptr<Stream::Command> make_wait(wht_device* device) {
  return make_waiting(device->execution, "synchronize", [execution = &device->execution] { execution->wait(); });
}

/* Runs `action`, which allocates memory, and once more where there was none: JavaScript may have given up memory that is still held by what
 * is queued, or kept by the pool. */
template <class Action>
wht_status allocating(wht_device* device, wht_error* error, const Action& action) {
  const wht_status status = guarded(error, action);
  if (status != WHT_ERROR_OUT_OF_MEMORY) return status;
  const auto issued = std::make_shared<std::promise<void>>();
  const wht_status queued = guarded(error, [&] { push(device->stream, "allocate", [issued] { issued->set_value(); }); });
  if (queued != WHT_OK) return queued;
  issued->get_future().wait();
  device->execution.memory()->trim();
  return guarded(error, action);
}

/*
 * A process may end without closing its devices. Their threads must leave CUDA alone before its own exit handlers take it down; those were
 * registered when this library was loaded, so that one registered later runs before them.
 */
struct OpenDevices {
  std::mutex mutex;
  std::set<wht_device*> devices;
};

OpenDevices& open_devices() {
  static OpenDevices& open = *[] {
    std::atexit([] {
      OpenDevices& open = open_devices();
      const std::lock_guard<std::mutex> lock(open.mutex);
      for (wht_device* device : open.devices) device->stream.halt();
    });
    return new OpenDevices;  // never destroyed: threads may outlive the static destructors
  }();
  return open;
}

wht_status device_count(int32_t* count, wht_error* error) {
  return guarded(error, [&] { *count = count_devices(); });
}

wht_status describe(int32_t index, wht_device_info* info, wht_error* error) {
  return guarded(error, [&] { *info = describe_device(index); });
}

wht_status open_device(int32_t index, const wht_device_options*, wht_device** device, wht_error* error) {
  return guarded(error, [&] {
    count_devices();
    start_device(index);
    auto opened = std::unique_ptr<wht_device>(new wht_device(index, describe_device(index)));
    OpenDevices& open = open_devices();
    const std::lock_guard<std::mutex> lock(open.mutex);
    open.devices.insert(opened.get());
    *device = opened.release();
  });
}

void close_device(wht_device* device, int32_t finish) {
  {
    OpenDevices& open = open_devices();
    const std::lock_guard<std::mutex> lock(open.mutex);
    open.devices.erase(device);
  }
  if (!finish) device->stream.cancel();
  delete device;
}

void device_info(wht_device* device, wht_device_info* info) {
  *info = device->info;
  size_t free = 0, total = 0;
  cudaSetDevice(device->execution.device());
  if (cudaMemGetInfo(&free, &total) == cudaSuccess) {
    info->memory_free = free;
    info->memory_total = total;
  }
  std::snprintf(info->cudnn, sizeof info->cudnn, "%s", cudnn_version().c_str());
}

void memory_use(wht_device* device, wht_memory_use* use) { *use = device->execution.memory()->use(); }

wht_status allocate(wht_device* device, uint64_t count, wht_dtype dtype, int32_t host_visible, wht_buffer** buffer, wht_error* error) {
  return allocating(device, error, [&] {
    const size_t bytes = static_cast<size_t>(count) * static_cast<size_t>(element_size(dtype));
    *buffer =
        new wht_buffer{std::make_shared<TensorMemory>(device->execution, bytes, host_visible != 0), static_cast<size_t>(count), dtype};
  });
}

wht_status slice(wht_device*, wht_buffer* buffer, uint64_t offset, uint64_t count, wht_buffer** part, wht_error* error) {
  return guarded(error, [&] {
    const auto size = static_cast<size_t>(element_size(buffer->dtype));
    auto memory = std::make_shared<TensorMemory>(*buffer->memory, static_cast<size_t>(offset) * size, static_cast<size_t>(count) * size);
    *part = new wht_buffer{std::move(memory), static_cast<size_t>(count), buffer->dtype};
  });
}

void release_buffer(wht_device* device, wht_buffer* buffer) {
  if (buffer->memory->host() != nullptr) {
    // After all that is queued, so that this is the last to hold the memory.
    guarded(nullptr, [&] {
      push(device->stream, "release", [execution = &device->execution, memory = buffer->memory] { memory->settle(*execution); });
    });
  }
  delete buffer;
}

wht_status zero(wht_device* device, wht_buffer* buffer, wht_error* error) {
  return guarded(error, [&] {
    device->stream.push(make_issue(device->execution, "zero", [execution = &device->execution, memory = buffer->memory] {
      with_output(*execution, *memory,
                  [&] { check(cudaMemsetAsync(memory->device(), 0, memory->bytes(), execution->stream()), "cudaMemsetAsync"); });
    }));
  });
}

wht_status write(wht_device* device, wht_buffer* buffer, const float* data, wht_error* error) {
  return guarded(error, [&] {
    if (buffer->count == 0) return;
    auto issue = [execution = &device->execution, memory = buffer->memory, dtype = buffer->dtype,
                  values = std::make_shared<const std::vector<float>>(data, data + buffer->count)] {
      const size_t bytes = values->size() * sizeof(float);
      const bool half = dtype == WHT_FLOAT16;
      const std::shared_ptr<void> floats = half ? execution->workspace(bytes) : nullptr;
      with_output(*execution, *memory, [&] {
        execution->copy_from_host(half ? floats.get() : memory->device(), values, values->data(), bytes);
        if (!half) return;
        const auto count = static_cast<uint32_t>(values->size());
        check(launch_to_half(execution->stream(), count, static_cast<const float*>(floats.get()), memory->device()), "the kernel");
      });
    };
    device->stream.push(make_issue(device->execution, "write", std::move(issue)));
  });
}

wht_status read(wht_device* device, wht_buffer* buffer, float* data, wht_callback callback, void* context, wht_error* error) {
  return guarded(error, [&] {
    auto issue = [execution = &device->execution, memory = buffer->memory, dtype = buffer->dtype, count = buffer->count, data] {
      if (count == 0) return execution->wait();
      const size_t bytes = count * sizeof(float);
      const std::shared_ptr<void> floats = dtype == WHT_FLOAT16 ? execution->workspace(bytes) : nullptr;
      with_reading(*execution, *memory, [&] {
        if (floats != nullptr) {
          check(launch_to_float(execution->stream(), static_cast<uint32_t>(count), memory->device(), static_cast<float*>(floats.get())),
                "the kernel");
        }
        execution->download(floats != nullptr ? floats.get() : memory->device(), data, bytes);
      });
      execution->wait();  // for what gives the tensor back to the host
    };
    // Both or neither: a copy without its callback would write to memory that nobody holds any more.
    device->stream.push(make_waiting(device->execution, "read", std::move(issue)), callback, context);
  });
}

void* host_pointer(wht_buffer* buffer) { return buffer->memory->host(); }

wht_status prepare_block_transform(wht_device* device, const wht_block_transform* d, wht_operation** operation, wht_error* error) {
  return allocating(device, error, [&] { *operation = new wht_operation{make_block_transform(*d, device->execution)}; });
}

wht_status prepare_convolution(wht_device* device, const wht_convolution* d, wht_operation** operation, wht_error* error) {
  return allocating(device, error, [&] { *operation = new wht_operation{make_convolution(*d, device->execution)}; });
}

wht_status convolution_parameters(wht_device* device, wht_operation* operation, float* kernel, float* bias, wht_error* error) {
  wht_error failure{};
  const wht_status status = guarded(error, [&] {
    failure = device->stream.push_and_wait(
        make_waiting(device->execution, "parameters", [execution = &device->execution, convolution = operation->operation, kernel, bias] {
          convolution->parameters(*execution, kernel, bias);
        }));
  });
  return status != WHT_OK || failure.status == WHT_OK ? status : report(error, failure.status, failure.message);
}

wht_status convolution_algorithms(wht_device* device, wht_operation* operation, const wht_shape* shape, wht_algorithm* table,
                                  int32_t capacity, wht_callback callback, void* context, wht_error* error) {
  std::fill(table, table + capacity, wht_algorithm{});
  return guarded(error, [&] {
    device->stream.push(make_issue(device->execution, "convolution algorithms",
                                   [execution = &device->execution, convolution = operation->operation, shape = *shape, table, capacity] {
                                     convolution->algorithms(*execution, shape, table, capacity);
                                     execution->wait();
                                   }),
                        callback, context);
  });
}

wht_status prepare_spectral_threshold(wht_device* device, const wht_spectral_threshold* d, wht_operation** operation, wht_error* error) {
  return allocating(device, error, [&] { *operation = new wht_operation{make_spectral_threshold(*d, device->execution)}; });
}

wht_status prepare_affine(wht_device* device, const wht_affine* d, wht_operation** operation, wht_error* error) {
  return allocating(device, error, [&] { *operation = new wht_operation{make_affine(*d, device->execution)}; });
}

wht_status prepare_pool(wht_device*, const wht_pool* d, wht_operation** operation, wht_error* error) {
  return guarded(error, [&] { *operation = new wht_operation{make_pool(*d)}; });
}

wht_status prepare_crop_or_pad(wht_device*, const wht_crop_or_pad* d, wht_operation** operation, wht_error* error) {
  return guarded(error, [&] { *operation = new wht_operation{make_crop_or_pad(*d)}; });
}

wht_status prepare_global_average_pool(wht_device*, const wht_global_average_pool* d, wht_operation** operation, wht_error* error) {
  return guarded(error, [&] { *operation = new wht_operation{make_global_average_pool(*d)}; });
}

wht_status prepare_binary(wht_device*, const wht_binary* d, wht_operation** operation, wht_error* error) {
  return guarded(error, [&] { *operation = new wht_operation{make_binary(*d)}; });
}

wht_status prepare_copy(wht_device*, const wht_copy* d, wht_operation** operation, wht_error* error) {
  return guarded(error, [&] { *operation = new wht_operation{make_copy(*d)}; });
}

uint64_t operation_bytes(const wht_operation* operation) { return static_cast<uint64_t>(operation->operation->parameter_bytes()); }

void release_operation(wht_device*, wht_operation* operation) { delete operation; }

wht_status submit(wht_device* device, wht_operation* operation, const wht_shape* shape, wht_buffer* input, wht_buffer* second_input,
                  wht_buffer* output, wht_error* error) {
  if (shape->n == 0 || shape->h == 0 || shape->w == 0 || shape->c == 0) return WHT_OK;
  return guarded(error, [&] {
    auto issue = [execution = &device->execution, prepared = operation->operation, shape = *shape, input = input->memory,
                  second = second_input != nullptr ? second_input->memory : nullptr, output = output->memory] {
      with_tensors(*execution, *input, second.get(), *output, [&] {
        prepared->run(*execution, shape, input->device(), second != nullptr ? second->device() : nullptr, output->device());
      });
    };
    device->stream.push(make_issue(device->execution, operation->operation->name(), std::move(issue)));
  });
}

wht_status notify(wht_device* device, wht_callback callback, void* context, wht_error* error) {
  return guarded(error, [&] { device->stream.push(make_wait(device), callback, context); });
}

wht_status synchronize(wht_device* device, wht_error* error) {
  wht_error failure{};
  const wht_status status = guarded(error, [&] { failure = device->stream.push_and_wait(make_wait(device)); });
  if (status != WHT_OK || failure.status == WHT_OK) return status;
  return report(error, failure.status, failure.message);
}

wht_status mark(wht_device* device, wht_event** event, wht_error* error) {
  return guarded(error, [&] {
    device->execution.use();
    cudaEvent_t created = nullptr;
    check(cudaEventCreate(&created), "cudaEventCreate");
    const std::shared_ptr<Event> owner(created, [](cudaEvent_t dropped) { cudaEventDestroy(dropped); });
    device->stream.push(make_issue(device->execution, "mark", [execution = &device->execution, owner] {
      check(cudaEventRecord(owner.get(), execution->stream()), "cudaEventRecord");
    }));
    *event = new wht_event{owner};
  });
}

void release_event(wht_device*, wht_event* event) { delete event; }

double elapsed(wht_device* device, const wht_event* start, const wht_event* end) {
  cudaSetDevice(device->execution.device());
  float milliseconds = 0;
  const cudaError_t status = cudaEventElapsedTime(&milliseconds, start->event.get(), end->event.get());
  return status == cudaSuccess ? static_cast<double>(milliseconds) : std::nan("");
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int32_t wht_backend_entry(uint32_t version, wht_backend* backend) {
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
