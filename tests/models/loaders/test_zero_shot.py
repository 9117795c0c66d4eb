import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from fieldmark.models import loaders
from fieldmark.models.torchvision_shim import needs_torchvision
from fieldmark.records import ConfigError, ModelError, UnknownNameError
from tests.models.loaders.alike import compared

pytestmark = pytest.mark.xdist_group("libraries")  # each takes seconds to import

CONFIG = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 64, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
}
ASKED = "openclip:small?config=small.json&weights=none&classes=classes.txt&templates=some.txt"


@pytest.fixture(scope="module")
def clip():
    return needs_torchvision("open_clip", extra="clip", purpose="tests")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "small.json").write_text(json.dumps(CONFIG))
    (tmp_path / "classes.txt").write_text("cat\ndog\nhen\n")
    (tmp_path / "some.txt").write_text("a photo of a {}.\nart of the {}.\n")
    return tmp_path


def load(folder, text=ASKED, **more):
    return loaders.subject(text, base=folder, cache=folder / "cache", **more)


def test_it_says_what_open_clip_says(clip, folder, pictures):
    subject = load(folder)
    assert str(subject.framing) == "covering 64×64, bicubic, centre crop, RGB"
    net, _, transform = clip.create_model_and_transforms("small", pretrained=None)
    seeded = load(folder).load()
    net.eval().visual.load_state_dict(seeded.module[1].visual.state_dict())
    # The text tower is drawn from the same seed; it is told the sentences anew.
    from fieldmark.models.loaders.architectures import seeded as drawn

    own = drawn(lambda: clip.create_model("small", pretrained=None), 0).eval()
    tokens = clip.get_tokenizer("small")
    with torch.inference_mode():
        rows = []
        for word in ("cat", "dog", "hen"):
            said = own.encode_text(tokens([f"a photo of a {word}.", f"art of the {word}."]))
            said = (said / said.norm(dim=1, keepdim=True)).mean(0)
            rows.append(said / said.norm())
        head = torch.stack(rows)

    def scores(shown):
        said = net.encode_image(shown, normalize=True)
        return own.logit_scale.exp() * said @ head.T

    grey, apart, same = compared(
        subject, sorted(pictures.iterdir()), lambda image: transform(image)[None], scores
    )
    assert (grey <= 1.01, apart < 0.02, same) == (True, True, True)
    assert subject.load().card.classes == ("cat", "dog", "hen")


def test_sentences_are_encoded_once_and_kept(folder, monkeypatch):
    images = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), np.uint8)
    before = load(folder).load()(images)
    (kept,) = (folder / "cache").glob("sentences-*.safetensors")

    def never(*told):
        raise AssertionError("encoded again")

    monkeypatch.setattr("fieldmark.models.loaders.zero_shot_net.sentence_means", never)
    np.testing.assert_array_equal(load(folder).load()(images), before)
    kept.write_bytes(b"damaged")
    with pytest.raises(AssertionError, match="encoded again"):
        load(folder).load()


def test_classes_and_sentences_are_part_of_the_fingerprint(folder):
    marks = {load(folder).fingerprint}
    for change in ("&seed=3", "&mean=0,0,0&std=1,1,1"):
        marks.add(load(folder, ASKED + change).fingerprint)
    marks.add(load(folder, ASKED.replace("some.txt", "one")).fingerprint)
    marks.add(load(folder, ASKED.replace("classes.txt", "cat,dog,owl")).fingerprint)
    assert len(marks) == 5
    assert "'a photo of a cat.'" in load(folder).load().card.training


def test_eighty_sentences_are_the_usual(folder):
    text = ASKED.replace("&templates=some.txt", "")
    assert "mean of 80 sentences" in load(folder, text).load().card.training


def test_weights_come_from_a_file(clip, folder):
    load(folder)
    torch.manual_seed(4)
    net = clip.create_model("small", pretrained=None)
    save_file(
        {name: value.contiguous() for name, value in net.state_dict().items()},
        folder / "w.safetensors",
    )
    made = load(folder, ASKED.replace("weights=none", "weights=w.safetensors")).load()
    assert torch.equal(made.module[1].visual.proj, net.visual.proj)
    save_file({"nothing": torch.zeros(1)}, folder / "w.safetensors")
    with pytest.raises(ModelError, match="does not hold the weights of openclip/small: it lacks"):
        load(folder, ASKED.replace("weights=none", "weights=w.safetensors")).load()


@pytest.mark.parametrize(
    ("text", "error", "line"),
    [
        ("openclip:ViT-B-33?weights=none", UnknownNameError, "Did you mean ViT-B-32"),
        ("openclip:ViT-B-32", ConfigError, r"names no weights; write weights=TAG \(openai"),
        ("openclip:ViT-B-32?weights=opanai", UnknownNameError, "Did you mean openai"),
        (ASKED.replace("some.txt", "no.txt"), ConfigError, "write one, simple, openai, or a text"),
        (ASKED.replace("some.txt", "classes.txt"), ConfigError, "every line is a sentence with"),
        (ASKED.replace("small.json", "no.json"), ModelError, "no .json file of open_clip's kind"),
    ],
)
def test_what_cannot_be_is_told(folder, text, error, line):
    with pytest.raises(error, match=line):
        load(folder, text)
