"""The experts as one model: ``load_ensemble(folder)``, for any k of n experts. Needs numpy, onnxruntime,
tokenizers and Pillow.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from coterie_trainer import routing
from coterie_trainer.caption_encoder import load_encoder
from coterie_trainer.error import TrainerError
from coterie_trainer.pictures import pixels

BATCH = 32


@dataclass(frozen=True)
class Classified:
    """``scores`` [images, classes] are routed cosines; ``labels`` are the best class of each image."""

    labels: list[str]
    scores: np.ndarray
    #: [experts], or [classes, experts] for the rule ``per-class``.
    weights: np.ndarray


class Expert:
    """One bundle."""

    def __init__(self, folder: Path, index: int, text_folder: Path, document: dict):
        self.folder, self.index, self.text_folder, self.document = folder, index, text_folder, document

    @cached_property
    def image_session(self):
        return session(self.folder / "image.onnx")

    @cached_property
    def text_session(self):
        return session(self.text_folder / "text.onnx")

    @cached_property
    def tokenizer(self):
        from coterie_trainer.caption_encoder import tokenizer_of

        return tokenizer_of(self.text_folder)

    def embed_images(self, images: list) -> np.ndarray:
        """[images, width], unit vectors."""
        prepared = (
            np.stack([pixels(image, self.document["image"]) for image in images[start : start + BATCH]])
            for start in range(0, len(images), BATCH)
        )
        return self.joined(
            self.image_session.run(["image_embedding"], {"pixels": batch})[0] for batch in prepared
        )

    def embed_texts(self, texts: list[str]) -> np.ndarray:
        about = self.document["text"]
        return self.joined(
            self.text_batch(texts[start : start + BATCH], about) for start in range(0, len(texts), BATCH)
        )

    def text_batch(self, texts: list[str], about: dict) -> np.ndarray:
        self.tokenizer.enable_truncation(about["context_length"])
        rows = [
            encoding.ids
            for encoding in self.tokenizer.encode_batch(
                [text.lower() if about["lowercase"] else text for text in texts]
            )
        ]
        length = about["context_length"] if about["fixed_length"] else max(1, *(len(row) for row in rows))
        ids, mask = (
            np.full((len(rows), length), about["pad_id"], np.int64),
            np.zeros((len(rows), length), np.int64),
        )
        for at, row in enumerate(rows):
            ids[at, : len(row)], mask[at, : len(row)] = row, 1
        feeds = {"input_ids": ids, "attention_mask": mask}
        wanted = [value.name for value in self.text_session.get_inputs()]
        return self.text_session.run(["text_embedding"], {name: feeds[name] for name in wanted})[0]

    def joined(self, batches) -> np.ndarray:
        width = self.document["embedding_width"]
        return np.concatenate(
            [np.zeros((0, width), np.float32), *(checked(batch, width, self.folder) for batch in batches)]
        )


def checked(batch: np.ndarray, width: int, folder: Path) -> np.ndarray:
    if batch.shape[1] != width:
        raise TrainerError(
            "E_BUNDLE", f"the bundle {folder} returns vectors of width {batch.shape[1]}, but declares {width}"
        )
    return batch


class Ensemble:
    """The content of an ensemble folder, as `coterie export` writes it."""

    def __init__(self, experts: list[Expert], centres: routing.Centres, encoder, document: dict):
        self.experts, self.centres, self.encoder, self.document = experts, centres, encoder, document

    @property
    def present(self) -> list[int]:
        return [expert.index for expert in self.experts]

    def classify(
        self,
        images: list,
        classes: list[str],
        templates: list[str] | None = None,
        routing_templates: list[str] | None = None,
        rule: str | None = None,
    ) -> Classified:
        """Finds the class name that fits each image (a Pillow image or a path) best. Templates contain
        `{}` for the name.
        """
        check_classes(classes)
        templates = templates or ["{}"]
        weights = self.weights(classes, routing_templates or templates, rule)
        scores = np.zeros((len(images), len(classes)))
        for expert in self.experts:
            cosines = expert.embed_images(images) @ over_templates(classes, templates, expert.embed_texts).T
            scores += cosines * weights[..., expert.index]
        best = scores.argmax(1) if len(images) else []
        return Classified([classes[index] for index in best], scores, weights)

    def weights(
        self, texts: list[str], templates: list[str] | None = None, rule: str | None = None
    ) -> np.ndarray:
        """Weights of the experts for a task with these texts: [experts], or [texts, experts] for
        ``per-class``.
        """
        vectors = over_templates(texts, templates or ["{}"], self.encoder)
        given = self.document["routing"]
        return routing.weights(
            vectors, self.centres, rule or given["rule"], self.present, given["lambda"], given["temperature"]
        )

    def embed_images(self, images: list) -> np.ndarray:
        """[images, experts × width]; its products with ``embed_queries`` are the ensemble's scores."""
        return np.concatenate([expert.embed_images(images) for expert in self.experts], 1)

    def embed_queries(self, texts: list[str], rule: str | None = None) -> np.ndarray:
        """[texts, experts × width]: the experts are weighed for each query separately."""
        each = (
            np.stack([self.weights([text], None, rule).reshape(-1) for text in texts])
            if texts
            else np.zeros((0, self.centres.experts))
        )
        return np.concatenate(
            [
                expert.embed_texts(texts) * each[:, [expert.index]].astype(np.float32)
                for expert in self.experts
            ],
            1,
        )


def load_ensemble(folder: str | Path) -> Ensemble:
    """Opens an ensemble folder with the experts that it holds: at least one, all of the same width."""
    folder = Path(folder)
    try:
        document = json.loads((folder / "ensemble.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TrainerError("E_ENSEMBLE", f"{folder} is not an ensemble: {error}") from None
    centres = routing.Centres(
        np.load(folder / "centres" / "fine.npy").astype(np.float64),
        np.asarray(
            json.loads((folder / "centres" / "experts.json").read_text(encoding="utf-8"))["fine_to_expert"]
        ),
        np.load(folder / "centres" / "coarse.npy").astype(np.float64),
    )
    experts = [
        open_expert(folder, index)
        for index in range(centres.experts)
        if (folder / f"expert-{index}" / "expert.json").exists()
    ]
    if not experts:
        raise TrainerError("E_ENSEMBLE", f"{folder} holds none of its {centres.experts} experts")
    widths = {expert.document["embedding_width"] for expert in experts}
    if len(widths) > 1:
        raise TrainerError(
            "E_BUNDLE",
            f"the experts of {folder} have embeddings of different widths: "
            f"{', '.join(map(str, sorted(widths)))}",
        )
    return Ensemble(experts, centres, load_encoder(folder / "encoder", document.get("encoder")), document)


def open_expert(folder: Path, index: int) -> Expert:
    own = folder / f"expert-{index}"
    document = json.loads((own / "expert.json").read_text(encoding="utf-8"))
    elsewhere = document["text"].get("bundle")
    return Expert(own, index, folder / elsewhere if elsewhere else own, document)


def over_templates(texts: list[str], templates: list[str], embed) -> np.ndarray:
    """Normalised mean over the templates of the normalised vectors of the filled templates."""
    total = sum(
        embed([template.replace("{c}", text).replace("{}", text) for text in texts]).astype(np.float64)
        for template in templates
    )
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return (total / np.where(length > 0, length, 1)).astype(np.float32)


def check_classes(classes: list[str]) -> None:
    if not classes or any(not name.strip() for name in classes):
        raise TrainerError("E_CLASSES", "a class name is empty" if classes else "there are no class names")
    twice = sorted({name for name in classes if classes.count(name) > 1})
    if twice:
        raise TrainerError("E_CLASSES", f"duplicate class names: {', '.join(twice[:5])}")


def session(path: Path):
    import onnxruntime

    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
