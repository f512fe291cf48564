/*
 * The interface between the Node-API half and a backend that computes: one page of plain C, so that a backend can be a
 * shared library built by another compiler (nvcc and its gcc) and opened at run time.
 *
 * A backend exports one function, wht_backend_entry, that fills in a wht_backend. What follows holds for every backend:
 *
 * - A device is a stream. submit, write, read, zero and mark queue their work and return; the stream runs it in order.
 *   A buffer or operation may be released while queued work uses it: the backend keeps what it needs until that is done.
 * - Every function of one device is called from one thread at a time. Callbacks come from a thread of the backend's,
 *   in stream order, each exactly once, and must not call back into the backend.
 * - A function that can fail returns a wht_status and, where that is not WHT_OK, fills in *error; then it has queued
 *   nothing, and no callback follows. Work that fails after it was queued is reported to the next callback, with the
 *   operation's name as far as it is known; later work runs if the device still can.
 * - Output and input may be one buffer: for block transforms that give as many channels and positions as they take, with
 *   stride 1; for binary and affine functions and spectral thresholds without a window (either input); for copies; for averages over a
 *   single position.
 * - Arguments have been checked by the caller: shapes agree, all sizes are positive, buffers are large enough.
 */
#ifndef WHT_BACKEND_H
#define WHT_BACKEND_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A library of another version is refused. To be raised whenever this file changes meaning; most changes of its structs change it anyway,
 * but not a field that takes the place of padding. */
#define WHT_BACKEND_VERSION                                                                                                   \
  (UINT32_C(0x30000) + (uint32_t)(sizeof(wht_backend) + sizeof(wht_block_transform) + sizeof(wht_spectral_threshold) +        \
                                  sizeof(wht_convolution) + sizeof(wht_affine) + sizeof(wht_pool) + sizeof(wht_crop_or_pad) + \
                                  sizeof(wht_binary) + sizeof(wht_device_info) + sizeof(wht_device_options) + sizeof(wht_algorithm)))
#define WHT_BACKEND_ENTRY "wht_backend_entry"

typedef enum {
  WHT_OK = 0,
  WHT_ERROR_NO_DEVICE,     /* no such device, or it can't be used; the message says why */
  WHT_ERROR_NO_LIBRARY,    /* a library that this operation needs (cuDNN) could not be loaded */
  WHT_ERROR_OUT_OF_MEMORY, /* the device is as it was before the call */
  WHT_ERROR_EXECUTION      /* the device reported an error */
} wht_status;

typedef struct {
  wht_status status;
  char message[1000];
} wht_error;

typedef enum { WHT_FLOAT32 = 0, WHT_FLOAT16 = 1 } wht_dtype;
typedef enum { WHT_NHWC = 0, WHT_NCHW = 1 } wht_layout;
typedef enum { WHT_NONE = 0, WHT_SMOOTH = 1, WHT_SOFT = 2 } wht_nonlinearity;
typedef enum { WHT_NATURAL = 0, WHT_SEQUENCY = 1, WHT_DYADIC = 2 } wht_ordering;
typedef enum {
  WHT_IDENTITY = 0,
  WHT_RELU = 1,
  WHT_RELU6 = 2,
  WHT_HARD_SWISH = 3,
  WHT_HARD_SIGMOID = 4,      /* relu6(z + 3) / 6 */
  WHT_KERAS_HARD_SIGMOID = 5 /* clip(0.2 z + 0.5, 0, 1) */
} wht_activation;
typedef enum { WHT_MAX_POOL = 0, WHT_AVERAGE_POOL = 1 } wht_pool_function;
typedef enum { WHT_ADD = 0, WHT_MULTIPLY = 1, WHT_SMOOTH_THRESHOLD = 2, WHT_SOFT_THRESHOLD = 3 } wht_binary_function;
/** The second operand: of the first one's shape; one value for each image and channel; the description's scalar. */
typedef enum { WHT_BROADCAST_NONE = 0, WHT_BROADCAST_CHANNELS = 1, WHT_BROADCAST_SCALAR = 2 } wht_broadcast;

typedef struct wht_device wht_device;
typedef struct wht_buffer wht_buffer;
typedef struct wht_operation wht_operation;
typedef struct wht_event wht_event;

/**
 * Block Walsh-Hadamard transform of each channel's plane (over_plane) or of each position's channels.
 *
 * A plane is height x width, zero-padded at the bottom and right to whole blocks of block_height x block_width. Channels are zero-padded to
 * whole blocks of block_width (block_height is 1). Both block sides are powers of two.
 *
 * inverse: each block becomes W f(w * W x), W orthonormal in natural order, f the nonlinearity with thresholds T:
 *   WHT_NONE v, WHT_SMOOTH tanh(v) max(|v| - T, 0), WHT_SOFT sign(v) max(|v| - T, 0) with T >= 0.
 * Otherwise each block becomes scale * H x, H the +-1 matrix in `ordering` (along both axes of a plane); no padding, stride 1.
 *
 * over_plane with a stride: the padded result is average-pooled by it and cropped to ceil(side / stride).
 * Over channels with a stride: every stride-th row and column of the input is taken. out_channels > in_channels: block i starts at
 * channel block_starts[i] (all blocks lie within the padded channels), results are joined and the first out_channels kept.
 * out_channels < in_channels: results are averaged over windows of in_channels / out_channels, the first out_channels kept.
 */
typedef struct {
  wht_dtype dtype;
  wht_layout layout;
  int32_t over_plane;
  int32_t in_channels, out_channels; /* over channels; 0: as many as the input has */
  int32_t block_height, block_width;
  int32_t stride;
  const int32_t* block_starts; /* copied; NULL unless out_channels > in_channels */
  int32_t block_start_count;
  int32_t inverse;
  wht_ordering ordering;
  float scale;
  wht_nonlinearity nonlinearity;
  const float* thresholds; /* copied; block_height * block_width values in natural order; NULL with WHT_NONE */
  const float* weights;    /* copied; as many; NULL unless inverse */
} wht_block_transform;

/**
 * The nonlinearity of a block transform alone, on a spectrum x: f(w * x), for each point of a plane (over_plane: all channels share the
 * points' parameters; the map is of that size) or for each channel (all positions share them). The first `unchanged` points are x itself.
 * window: results are averaged over windows of so many neighbouring channels, which divides their number; 1 over a plane.
 * adds: then a second input, of the output's shape, is added.
 */
typedef struct {
  wht_dtype dtype;
  wht_layout layout;
  int32_t over_plane;
  int32_t points; /* h * w, or channels */
  int32_t unchanged;
  int32_t window;
  int32_t adds;
  wht_nonlinearity nonlinearity;
  const float* thresholds; /* copied; in the order of the points; NULL with WHT_NONE */
  const float* weights;    /* copied; NULL: all 1 */
} wht_spectral_threshold;

/** activation(scale * (kernel * x) + bias), with zero padding of (kernel_size - 1) / 2, output side floor((side - 1) / stride) + 1. */
typedef struct {
  wht_dtype dtype;
  wht_layout layout;
  int32_t in_channels, out_channels;
  int32_t kernel_size; /* odd */
  int32_t stride;
  int32_t groups;
  wht_activation activation;
  int32_t tf32;        /* CUDA: whether float32 may be rounded to TF32's 10 bits of fraction for tensor cores */
  int32_t inexact;     /* CUDA: whether any algorithm may be chosen, also by FFT and Winograd, and whatever becomes of NaNs */
  const float* kernel; /* copied; OIHW: out_channels x in_channels / groups x kernel_size x kernel_size */
  const float* scale;  /* copied; out_channels values, or NULL: all 1 */
  const float* bias;   /* copied; out_channels values, or NULL */
} wht_convolution;

/** activation(scale[c] * x + shift[c] + b), element by element; b is a second input of x's shape. */
typedef struct {
  wht_dtype dtype;
  wht_layout layout;
  int32_t channels;
  int32_t adds; /* whether there is a second input */
  wht_activation activation;
  const float* scale; /* copied; channels values, or NULL: all 1 */
  const float* shift; /* copied; channels values, or NULL: none */
} wht_affine;

/**
 * The largest value, or the mean, of each size x size window of a map with `padding` (less than size) on every side, which is no part of
 * the windows. Output side floor((side + 2 padding - size) / stride) + 1; no window is empty. A NaN in a window comes out.
 */
typedef struct {
  wht_dtype dtype;
  wht_layout layout;
  wht_pool_function function;
  int32_t size, stride, padding;
} wht_pool;

/** A map of the given size: what the input has there, zeros beyond it. */
typedef struct {
  wht_dtype dtype;
  wht_layout layout;
  int32_t height, width, channels;
} wht_crop_or_pad;

/** The mean of each image's channel: n, 1, 1, c. */
typedef struct {
  wht_dtype dtype;
  wht_layout layout;
} wht_global_average_pool;

/** f(a, b), element by element; thresholds are b. */
typedef struct {
  wht_dtype dtype;
  wht_layout layout;
  wht_binary_function function;
  wht_broadcast broadcast;
  float scalar;
} wht_binary;

typedef struct {
  wht_dtype dtype;
} wht_copy;

typedef struct {
  char name[128];              /* the processor's or GPU's */
  char backend[64];            /* which implementation runs, e.g. "cpu avx2" */
  char simd[16];               /* CPU only, else empty */
  char compute_capability[16]; /* CUDA only */
  char driver[32];             /* CUDA only */
  char cudnn[32];              /* CUDA only, empty where not found */
  int32_t threads;             /* CPU only, else 0 */
  uint64_t memory_total, memory_free;
} wht_device_info;

typedef struct {
  int32_t threads;  /* 0: the backend chooses */
  const char* simd; /* "": the backend chooses */
} wht_device_options;

/** One way to compute a convolution that was tried. */
typedef struct {
  char name[48]; /* empty: no entry */
  wht_layout layout;
  int32_t fused;       /* bias and activation in the same call */
  double milliseconds; /* the median of several runs; negative: it did not run */
  uint64_t workspace;  /* bytes */
  int32_t chosen;      /* it is what the operation uses for this shape */
  char reason[96];     /* why it did not run, or may not be chosen */
} wht_algorithm;

/** Bytes: of live buffers and parameters, their largest sum so far, and what operations hold for themselves. */
typedef struct {
  uint64_t current, peak, workspace;
} wht_memory_use;

/** The shape of an operation's first input; the output's follows from it. */
typedef struct {
  int64_t n, h, w, c;
} wht_shape;

/** error is NULL where all work before succeeded. */
typedef void (*wht_callback)(void* context, const wht_error* error);

typedef struct {
  /* Devices. device_count fails where the backend can't work at all (no driver, no device); otherwise there is at least one. */
  wht_status (*device_count)(int32_t* count, wht_error* error);
  wht_status (*describe)(int32_t index, wht_device_info* info, wht_error* error);
  wht_status (*open)(int32_t index, const wht_device_options* options, wht_device** device, wht_error* error);
  /**
   * finish: runs what is queued first; otherwise drops what has not begun, as far as it can, and reports that to its callbacks. Returns
   * when nothing runs any more and all callbacks have come: memory that reads were to fill may be freed then.
   */
  void (*close)(wht_device* device, int32_t finish);
  void (*info)(wht_device* device, wht_device_info* info);
  void (*memory)(wht_device* device, wht_memory_use* use);

  /* Buffers. count is in elements and may be 0. Their content is undefined at first. */
  wht_status (*allocate)(wht_device* device, uint64_t count, wht_dtype dtype, int32_t host_visible, wht_buffer** buffer, wht_error* error);
  /**
   * `count` elements from the one at `offset`, which is a multiple of 256 bytes, as a buffer of its own. Both share the memory, which is
   * there as long as either. Not of host-visible buffers.
   */
  wht_status (*slice)(wht_device* device, wht_buffer* buffer, uint64_t offset, uint64_t count, wht_buffer** part, wht_error* error);
  void (*release_buffer)(wht_device* device, wht_buffer* buffer);
  wht_status (*zero)(wht_device* device, wht_buffer* buffer, wht_error* error);
  /** Takes a copy of `data` (as many floats as the buffer has elements) before it returns. */
  wht_status (*write)(wht_device* device, wht_buffer* buffer, const float* data, wht_error* error);
  /** Fills `data` (which must stay valid), then calls back. */
  wht_status (*read)(wht_device* device, wht_buffer* buffer, float* data, wht_callback callback, void* context, wht_error* error);
  /** The memory of a host-visible buffer; valid until the buffer is released, and accessible while the stream works on other buffers. */
  void* (*host_pointer)(wht_buffer* buffer);

  /* Operations. */
  wht_status (*prepare_block_transform)(wht_device*, const wht_block_transform*, wht_operation**, wht_error*);
  wht_status (*prepare_convolution)(wht_device*, const wht_convolution*, wht_operation**, wht_error*);
  /** Reads a convolution's kernel and bias back, as they were given; bias is NULL where it has none. Callers keep no copy of what may be
   * large. */
  wht_status (*convolution_parameters)(wht_device*, wht_operation*, float* kernel, float* bias, wht_error*);
  /**
   * Fills in `table` with what the backend chooses among for an input of this shape, slowest last, then calls back; entries that are left
   * over have empty names, all of them where there is no choice. `table` must stay valid until then.
   */
  wht_status (*convolution_algorithms)(wht_device*, wht_operation*, const wht_shape* shape, wht_algorithm* table, int32_t capacity,
                                       wht_callback callback, void* context, wht_error* error);
  wht_status (*prepare_spectral_threshold)(wht_device*, const wht_spectral_threshold*, wht_operation**, wht_error*);
  wht_status (*prepare_affine)(wht_device*, const wht_affine*, wht_operation**, wht_error*);
  wht_status (*prepare_pool)(wht_device*, const wht_pool*, wht_operation**, wht_error*);
  wht_status (*prepare_crop_or_pad)(wht_device*, const wht_crop_or_pad*, wht_operation**, wht_error*);
  wht_status (*prepare_global_average_pool)(wht_device*, const wht_global_average_pool*, wht_operation**, wht_error*);
  wht_status (*prepare_binary)(wht_device*, const wht_binary*, wht_operation**, wht_error*);
  wht_status (*prepare_copy)(wht_device*, const wht_copy*, wht_operation**, wht_error*);
  /** Device memory that the operation's parameters take. */
  uint64_t (*operation_bytes)(const wht_operation* operation);
  void (*release_operation)(wht_device* device, wht_operation* operation);
  /** second_input is NULL but for binary functions of two tensors and for what adds. */
  wht_status (*submit)(wht_device* device, wht_operation* operation, const wht_shape* shape, wht_buffer* input, wht_buffer* second_input,
                       wht_buffer* output, wht_error* error);

  /* Waiting and timing. */
  wht_status (*notify)(wht_device* device, wht_callback callback, void* context, wht_error* error);
  /** Blocks until all that is queued has run; returns the status of failed work that no callback has reported yet. */
  wht_status (*synchronize)(wht_device* device, wht_error* error);
  wht_status (*mark)(wht_device* device, wht_event** event, wht_error* error);
  void (*release_event)(wht_device* device, wht_event* event);
  /** Milliseconds between two events that the stream has passed; NaN where the device can't say. */
  double (*elapsed)(wht_device* device, const wht_event* start, const wht_event* end);
} wht_backend;

/** Fills in *backend; returns 0 where `version` is not the one it was built for. */
typedef int32_t (*wht_backend_entry_function)(uint32_t version, wht_backend* backend);

#ifdef __cplusplus
}
#endif

#endif
