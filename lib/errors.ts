/** What went wrong, for programs. The message says it for people. */
export type WhtErrorCode =
  /** A tensor's shape, dtype or layout is not what the operation takes. */
  | 'ERR_WHT_SHAPE'
  /** An option or argument is outside what is documented for it. */
  | 'ERR_WHT_OPTION'
  /** A device, tensor or layer was used after `close()` or `dispose()`. */
  | 'ERR_WHT_DISPOSED'
  /** A tensor or layer belongs to another device, or the device can't be opened, or an operation failed on the CPU. */
  | 'ERR_WHT_DEVICE'
  /** CUDA was asked for and can't be used; the message says why. */
  | 'ERR_WHT_NO_CUDA'
  /** The operation needs cuDNN, which could not be loaded. */
  | 'ERR_WHT_NO_CUDNN'
  /** The device has no memory left for the operation. */
  | 'ERR_WHT_OUT_OF_MEMORY'
  /** CUDA reported an error while an operation ran. */
  | 'ERR_WHT_CUDA'
  /** A file of weights is damaged, does not fit the network, or can't be read or written. */
  | 'ERR_WHT_WEIGHTS';

/** Every error that this package throws or rejects with. */
export class WhtError extends Error {
  /** Stable across releases, unlike the message. */
  readonly code: WhtErrorCode;

  constructor(code: WhtErrorCode, message: string, options?: { cause?: unknown }) {
    super(message);
    this.name = 'WhtError';
    this.code = code;
    if (options?.cause !== undefined) {
      Object.defineProperty(this, 'cause', { value: options.cause, configurable: true, writable: true });
    }
  }
}
