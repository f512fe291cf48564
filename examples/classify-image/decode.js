'use strict';

const { InputError } = require('./input-error');
const { exifOrientation, turnUpright } = require('./orientation');

/** Larger pictures are refused, so that a small file can't fill the memory. */
const MAX_MEGAPIXELS = 100;

const FORMATS = [
  { name: 'JPEG', signature: [0xff, 0xd8, 0xff], decode: decodeJpeg },
  { name: 'PNG', signature: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], decode: decodePng },
];

/**
 * Decodes a JPEG or PNG file, whatever its name ends with. Grey becomes RGB; what is transparent lies on white; a JPEG is turned as its Exif orientation
 * says (that of a PNG is not looked at); colour profiles are ignored.
 *
 * @param {Buffer} bytes the file's content
 * @param {string} name for messages
 * @returns {{ width: number, height: number, data: Uint8Array }} RGB, row by row
 * @throws {InputError} where it is no such file, or broken
 */
function decodeImage(bytes, name) {
  const format = FORMATS.find(({ signature }) => signature.every((byte, at) => bytes[at] === byte));
  if (format === undefined) {
    const got = bytes.length === 0 ? 'an empty file' : `one that begins with ${JSON.stringify(bytes.toString('latin1', 0, 8))}`;
    throw new InputError(`Expected ${name} to be a JPEG or PNG file, got ${got}`);
  }
  return format.decode(bytes, name);
}

function decodeJpeg(bytes, name) {
  const jpeg = requireDecoder('jpeg-js');
  const { width, height, data, exifBuffer } = attempt('JPEG', name, () =>
    // Tolerant, it would pass over missing blocks without a word.
    jpeg.decode(bytes, { useTArray: true, tolerantDecoding: false, maxResolutionInMP: MAX_MEGAPIXELS, maxMemoryUsageInMB: 2048 }),
  );
  const image = { width, height, data: onWhite(data) };
  // After "Exif" come two zeros, one of which jpeg-js leaves.
  return exifBuffer === undefined ? image : turnUpright(image, exifOrientation(exifBuffer.subarray(1)));
}

function decodePng(bytes, name) {
  const { PNG } = requireDecoder('pngjs');
  const { width, height, data } = attempt('PNG', name, () => {
    // The header is always the first chunk: 8 bytes of signature, 8 of its length and type, then the sizes.
    const megapixels = (bytes.readUInt32BE(16) * bytes.readUInt32BE(20)) / 1e6;
    if (megapixels > MAX_MEGAPIXELS) throw new Error(`${Math.ceil(megapixels)} megapixels are more than ${MAX_MEGAPIXELS}`);
    return PNG.sync.read(bytes);
  });
  return { width, height, data: onWhite(data) };
}

/** RGB of RGBA: the colours over a white ground. */
function onWhite(rgba) {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    const alpha = rgba[from + 3];
    for (let channel = 0; channel < 3; channel++) {
      rgb[to++] = Math.round((rgba[from + channel] * alpha + 255 * (255 - alpha)) / 255);
    }
  }
  return rgb;
}

function requireDecoder(name) {
  try {
    return require(name);
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    throw new InputError(`Expected the package ${name}, which decodes the image, got none: npm install jpeg-js pngjs`);
  }
}

/** Decoders throw errors of all kinds for broken files. */
function attempt(format, name, decode) {
  let image;
  try {
    image = decode();
  } catch (error) {
    throw new InputError(`Expected ${name} to be a whole ${format} file, got one that can't be decoded: ${error.message || error}`);
  }
  if (!(image.width > 0 && image.height > 0)) throw new InputError(`Expected ${name} to be a whole ${format} file, got one without pixels`);
  return image;
}

module.exports = { decodeImage };
