#!/usr/bin/env python3
"""Writes images.json and squares.json beside this file: small images as files, what Pillow decodes them to, and what torchvision's transforms for
evaluation make of some. The example's own decoding and resizing is held against them.

    apt-get install python3-torchvision   # brings Pillow and NumPy
    /usr/bin/python3 generate.py          # rewrites *.json
"""
import base64
import io
import json
import pathlib

import numpy as np
from PIL import Image, ImageOps
from torchvision.transforms import CenterCrop, Compose, InterpolationMode, Resize

HERE = pathlib.Path(__file__).parent


def base64_of(data):
    return base64.b64encode(data).decode()


def scene(width, height):
    """A slope, edges and a fine pattern: it shows a wrong offset, a missing antialias and a swapped channel."""
    y, x = np.mgrid[0:height, 0:width]
    red = 255 * x / max(1, width - 1)
    green = 255 * ((x // 5 + y // 3) % 2)
    blue = (x * x + 3 * y * y + x * y) % 256
    return np.stack([red, green, blue], axis=2).astype(np.uint8)


def slope(width, height):
    """What JPEG keeps almost as it is."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([40 + 4 * x, 220 - 5 * y, 60 + 2 * x + 3 * y], axis=2).astype(np.uint8)


def file_of(image, **options):
    out = io.BytesIO()
    image.save(out, **options)
    return out.getvalue()


def on_white(rgb, alpha):
    rgb, alpha = rgb.astype(float), alpha.astype(float)[..., None]
    return np.floor((rgb * alpha + 255 * (255 - alpha)) / 255 + 0.5).astype(np.uint8)


def images():
    """Name, file, RGB as it should be decoded, and by how much each value may differ: JPEG decoders round differently."""
    colours = scene(13, 9)
    grey = colours[..., 2]
    alpha = np.linspace(0, 255, 13 * 9).astype(np.uint8).reshape(9, 13)
    rgb = Image.fromarray(colours)
    as_rgb = lambda plane: np.repeat(plane[..., None], 3, axis=2)

    yield "png-rgb", file_of(rgb, format="PNG"), colours, 0
    yield "png-grey", file_of(Image.fromarray(grey), format="PNG"), as_rgb(grey), 0
    yield "png-1-bit", file_of(rgb.convert("1"), format="PNG"), np.array(rgb.convert("1").convert("RGB")), 0
    yield "png-palette", file_of(rgb.quantize(7), format="PNG"), np.array(rgb.quantize(7).convert("RGB")), 0
    deep = (grey.astype(np.uint16) * 256) + 77
    yield "png-grey-16-bit", file_of(Image.fromarray(deep), format="PNG"), as_rgb(np.floor(deep.astype(float) * 255 / 65535 + 0.5).astype(np.uint8)), 0
    yield "png-rgba", file_of(Image.fromarray(np.dstack([colours, alpha])), format="PNG"), on_white(colours, alpha), 0
    grey_alpha = Image.merge("LA", [Image.fromarray(grey), Image.fromarray(alpha)])
    yield "png-grey-alpha", file_of(grey_alpha, format="PNG"), on_white(as_rgb(grey), alpha), 0
    see_through = np.where((colours == colours[4, 4]).all(axis=2), 0, 255)
    transparent = file_of(rgb, format="PNG", transparency=tuple(int(v) for v in colours[4, 4]))
    yield "png-transparent-colour", transparent, on_white(colours, see_through), 0

    smooth = Image.fromarray(slope(27, 18))
    jpegs = {
        "jpeg": (smooth, dict(subsampling=0), 3),
        "jpeg-progressive": (smooth, dict(subsampling=0, progressive=True), 3),
        # Colours at half the resolution are interpolated by some decoders, repeated by others.
        "jpeg-420": (smooth, dict(subsampling=2), 12),
        "jpeg-grey": (smooth.convert("L"), {}, 1),
        "jpeg-cmyk": (smooth.convert("CMYK"), dict(subsampling=0), 3),
    }
    for name, (image, options, tolerance) in jpegs.items():
        data = file_of(image, format="JPEG", quality=95, **options)
        yield name, data, np.array(Image.open(io.BytesIO(data)).convert("RGB")), tolerance
    for orientation in range(1, 9):
        for order in ["little", "big"] if orientation == 6 else ["little"]:
            exif = Image.Exif()
            exif.endian = "<" if order == "little" else ">"
            exif[0x0112] = orientation
            exif[0x010F] = "maker"
            data = file_of(smooth, format="JPEG", quality=95, subsampling=0, exif=exif.tobytes())
            upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
            yield f"jpeg-orientation-{orientation}-{order}-endian", data, np.array(upright), 3


def squares():
    """Name, image, the side it is resized to, and that of the square out of its middle."""
    yield "landscape", scene(97, 61), 37, 32
    yield "portrait", scene(40, 90), 37, 32
    yield "far smaller", scene(150, 107), 16, 14
    yield "exactly half", scene(64, 64), 32, 32
    yield "larger", scene(19, 14), 37, 32
    yield "one pixel", scene(1, 1), 8, 7
    yield "long", scene(211, 3), 8, 8


def main():
    cases = [
        {"name": name, "file": base64_of(data), "width": rgb.shape[1], "height": rgb.shape[0], "rgb": base64_of(rgb.tobytes()), "tolerance": tolerance}
        for name, data, rgb, tolerance in images()
    ]
    (HERE / "images.json").write_text(json.dumps(cases, indent=2) + "\n")
    cases = []
    for name, rgb, shorter_side, size in squares():
        evaluate = Compose([Resize(shorter_side, interpolation=InterpolationMode.BILINEAR), CenterCrop(size)])
        square = np.array(evaluate(Image.fromarray(rgb)))
        png = file_of(Image.fromarray(rgb), format="PNG")
        cases.append({"name": name, "png": base64_of(png), "shorterSide": shorter_side, "size": size, "square": base64_of(square.tobytes())})
    (HERE / "squares.json").write_text(json.dumps(cases, indent=2) + "\n")


main()
