'use strict';

/**
 * Which way up a camera says that its picture is: the Exif tag Orientation, 1 (as stored) to 8.
 *
 * @param {Uint8Array} tiff the Exif data, from its TIFF header ("II" or "MM") on
 */
function exifOrientation(tiff) {
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  try {
    const littleEndian = view.getUint16(0) === 0x4949;
    const directory = view.getUint32(4, littleEndian);
    const entries = view.getUint16(directory, littleEndian);
    for (let entry = 0; entry < entries; entry++) {
      const at = directory + 2 + 12 * entry;
      if (view.getUint16(at, littleEndian) === 0x0112) {
        const orientation = view.getUint16(at + 8, littleEndian);
        return orientation >= 1 && orientation <= 8 ? orientation : 1;
      }
    }
  } catch (error) {
    // Damaged Exif data is no reason to refuse the picture.
    if (!(error instanceof RangeError)) throw error;
  }
  return 1;
}

/**
 * The image as it should be looked at.
 *
 * @param {{ width: number, height: number, data: Uint8Array }} image RGB, row by row
 */
function turnUpright(image, orientation) {
  if (orientation === 1) return image;
  const { width, height, data } = image;
  const swapsSides = orientation >= 5;
  const mirrorsColumns = [2, 3, 7, 8].includes(orientation);
  const mirrorsRows = [3, 4, 6, 7].includes(orientation);
  const upright = { width: swapsSides ? height : width, height: swapsSides ? width : height, data: new Uint8Array(data.length) };
  let to = 0;
  for (let y = 0; y < upright.height; y++) {
    for (let x = 0; x < upright.width; x++) {
      const column = swapsSides ? y : x;
      const row = swapsSides ? x : y;
      const from = 3 * ((mirrorsRows ? height - 1 - row : row) * width + (mirrorsColumns ? width - 1 - column : column));
      upright.data[to++] = data[from];
      upright.data[to++] = data[from + 1];
      upright.data[to++] = data[from + 2];
    }
  }
  return upright;
}

module.exports = { exifOrientation, turnUpright };
