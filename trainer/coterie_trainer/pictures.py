"""Images to pixels, as in open_clip's evaluation transform: Pillow's resize with antialiasing, centre crop,
normalisation.
"""

from pathlib import Path

import numpy as np
from PIL import Image


def pixels(picture: "Image.Image | Path | str", preparation: dict) -> np.ndarray:
    """float32 [3, height, width] from an image or its file."""
    if isinstance(picture, (str, Path)):
        with Image.open(picture) as opened:
            return pixels(opened, preparation)
    rgb = as_rgb(picture, preparation)
    data = np.asarray(fit(rgb, preparation), dtype=np.float32) / 255
    normalised = (data - np.asarray(preparation["mean"], np.float32)) / np.asarray(
        preparation["std"], np.float32
    )
    return np.ascontiguousarray(normalised.transpose(2, 0, 1))


def as_rgb(picture: Image.Image, preparation: dict) -> Image.Image:
    if "interpolation" in preparation or picture.mode not in ("RGBA", "LA", "PA", "P"):
        return picture.convert("RGB")
    # Bundles that name no interpolation were trained on transparency over white.
    opaque = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", opaque.size, "white"), opaque).convert("RGB")


def fit(picture: Image.Image, preparation: dict) -> Image.Image:
    width, height, how = preparation["width"], preparation["height"], preparation["fit"]
    method = (
        Image.Resampling.BILINEAR
        if preparation.get("interpolation") == "bilinear"
        else Image.Resampling.BICUBIC
    )
    wide, high = picture.size
    if how == "fill":
        return picture.resize((width, height), method)
    if how == "cover" and width == height:
        # torchvision rounds the longer side down.
        size = (width, int(width * high / wide)) if wide <= high else (int(width * wide / high), width)
    else:
        ratio = (max if how == "contain" else min)(high / height, wide / width)
        size = (max(1, round(wide / ratio)), max(1, round(high / ratio)))
    resized = picture.resize(size, method) if size != picture.size else picture
    left, top = (offset(inner, outer) for inner, outer in zip(size, (width, height), strict=True))
    return resized.crop((left, top, left + width, top + height))


def offset(inner: int, outer: int) -> int:
    """Start of a window of ``outer`` pixels; pixels outside the image are black."""
    return round((inner - outer) / 2) if inner >= outer else -((outer - inner) // 2)
