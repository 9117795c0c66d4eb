"""Is what a model of ours is shown and says what its makers' own code shows it and says?"""

import numpy as np
import torch
from PIL import Image

from fieldmark.datasets.pictures import decoded


def compared(subject, files, transform, net):
    """(largest difference in grey levels, largest in scores as a share, same answers)."""
    classifier, grey, apart, same = subject.load(), 0.0, 0.0, True
    std = classifier.module[0].std
    for file in files:
        image = Image.open(file).convert("RGB")
        theirs = transform(image)
        with torch.inference_mode():
            said = net(theirs).numpy()
        shown = decoded(file.read_bytes(), file=file.name, framing=subject.framing)
        ours = torch.from_numpy(shown).permute(2, 0, 1)[None].float() / 255
        grey = max(grey, float(((classifier.module[0](ours) - theirs) * std * 255).abs().max()))
        again = classifier(shown[None])
        apart = max(apart, float(np.abs(again - said).max() / np.abs(said).max()))
        same = same and bool((again.argmax(1) == said.argmax(1)).all())
    return grey, apart, same
