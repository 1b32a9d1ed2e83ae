"""Writes pillow.json: what Pillow and open_clip's transforms make of pictures that a formula gives. Needs open_clip_torch."""

import base64, hashlib, json, pathlib
import numpy as np
from PIL import Image
from open_clip.transform import image_transform

def picture(width, height):
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    noise = ((x * 7919 + y * 104729 + c * 1299709) * 2654435761 % 4294967296) >> 24
    ramp = (x * 255 // max(1, width - 1) * (c == 0) + y * 255 // max(1, height - 1) * (c == 1) + 128 * (c == 2))
    return Image.fromarray(np.where((x // 5 + y // 3) % 2 == 0, noise, ramp).astype(np.uint8))

def record(kind, source, target, interpolation, image):
    data = np.asarray(image).tobytes()
    small = len(data) <= 3 * 16 * 16
    return {"kind": kind, "source": source, "target": target, "interpolation": interpolation, "sha256": hashlib.sha256(data).hexdigest(), **({"rgb": base64.b64encode(data).decode()} if small else {})}

cases = []
for source, target in [((53, 37), (16, 16)), ((200, 150), (64, 48)), ((24, 24), (64, 64)), ((640, 13), (8, 8)), ((31, 500), (31, 32)), ((17, 19), (17, 19)), ((1, 1), (5, 4)), ((224, 224), (32, 32))]:
    for name, filter in [("bicubic", Image.Resampling.BICUBIC), ("bilinear", Image.Resampling.BILINEAR)]:
        cases.append(record("resize", source, target, name, picture(*source).resize(target, filter)))
modes = {"cover": "shortest", "contain": "longest", "fill": "squash"}
for source in [(224, 224), (200, 133), (133, 200), (64, 65), (33, 500), (20, 30)]:
    for target in [(32, 32), (64, 64), (48, 32)]:
        for fit, mode in modes.items():
            transform = image_transform((target[1], target[0]), is_train=False, resize_mode=mode, interpolation="bicubic")
            image = picture(*source)
            for step in transform.transforms:
                if type(step).__name__ in ("ToTensor", "MaybeToTensor", "Normalize", "function") or "convert" in str(step):
                    break
                image = step(image)
            cases.append(record(fit, source, target, "bicubic", image))
pathlib.Path(__file__).with_name("pillow.json").write_text(json.dumps({"pillow": __import__("PIL").__version__, "cases": cases}, indent=1) + "\n")
print(len(cases))
