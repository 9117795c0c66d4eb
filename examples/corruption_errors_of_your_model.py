"""How much do your ONNX models err under the fifteen common corruptions, beside each other?

    python examples/corruption_errors_of_your_model.py PICTURES BASELINE.onnx OTHER.onnx ...

PICTURES holds a folder of pictures for each class, named by its place among the models' outputs:
0, 1, 2, ... A model takes float32 (n, 3, side, side) in [0, 1] and gives scores (n, classes); it
needs `pip install onnxruntime`, and frost the network once, or FIELDMARK_DATA. Without arguments
three quick classifiers of digits are asked, under three corruptions.
"""

import sys
from hashlib import sha256
from pathlib import Path

import numpy as np

import fieldmark as fm
from fieldmark.catalog import change
from fieldmark.datasets import folder, mnist_test
from fieldmark.statistics import CORRUPTIONS
from fieldmark.studies import corruption_error


class OnnxModel:
    """Scores, float32 (n, classes), of float32 images (n, h, w, 3) in [0, 1]."""

    def __init__(self, file: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # a sum is added up in one order, whatever the machine
        self.session = onnxruntime.InferenceSession(
            str(file), options, providers=["CPUExecutionProvider"]
        )
        (wanted,), (answer, *_) = self.session.get_inputs(), self.session.get_outputs()
        self.input, self.side = wanted.name, wanted.shape[2]
        self.classes = tuple(map(str, range(answer.shape[1])))

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """The answers to the whole pictures, brought to the side that the model knows."""
        import cv2

        sized = [cv2.resize(one, (self.side, self.side)) for one in images]
        planes = np.ascontiguousarray(np.stack(sized).transpose(0, 3, 1, 2))
        return self.session.run(None, {self.input: planes})[0]


def yours(pictures: str, files: list[str]) -> tuple[list[fm.Subject], fm.Examples]:
    """Your models, known by their files, and your pictures as 224 × 224 pixels."""
    models = {Path(file): OnnxModel(Path(file)) for file in files}
    subjects = [
        fm.subject(model, name=file.stem, version=sha256(file.read_bytes()).hexdigest())
        for file, model in models.items()
    ]
    classes = next(iter(models.values())).classes
    return subjects, folder(pictures, size=224, channels=3, classes=fm.ClassSpace(classes))


def main(arguments: list[str], store: str = "example-store") -> None:
    """Ask every model under every corruption at five severities; print the table."""
    subjects: list[str | fm.Subject] = ["ridge", "random-features", "mlp-small"]
    examples, corruptions, baseline = mnist_test(), ["fog", "contrast", "pixelate"], "ridge"
    if arguments:
        models, examples = yours(arguments[0], arguments[1:])
        subjects, baseline = [*models], models[0].name
        corruptions = [name.replace("_", "-") for name in CORRUPTIONS]
    conditions = [
        fm.Condition(examples),
        *(
            fm.Condition(examples, change(name, str(severity)))
            for name in corruptions
            for severity in range(1, 6)
        ),
    ]
    small = fm.Options(batch=32)  # a network at 224 pixels wants 5 MB and more for each picture
    kept = fm.run(subjects, conditions, store, options=small)
    print(fm.render(corruption_error(kept, on=examples.card.name, baseline=baseline)))


if __name__ == "__main__":
    main(sys.argv[1:])
