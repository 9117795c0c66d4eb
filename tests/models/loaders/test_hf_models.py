import json

import pytest
import torch

from fieldmark.models import loaders
from fieldmark.models.torchvision_shim import needs_torchvision
from fieldmark.records import Framing, ModelError
from tests.models.loaders.alike import compared

pytestmark = pytest.mark.xdist_group("libraries")  # each takes seconds to import


@pytest.fixture(scope="module")
def transformers():
    return needs_torchvision("transformers", extra="huggingface", purpose="tests")


@pytest.fixture
def saved(transformers, tmp_path):
    """Keep a small net with a processor of some kind; the folder, the processor and the net."""

    def save(kind="ViT", **settings):
        torch.manual_seed(0)
        config = transformers.ViTConfig(
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=16,
            image_size=96,
            patch_size=32,
            id2label={0: "cat", 1: "dog", 2: "hen"},
        )
        net = transformers.ViTForImageClassification(config).eval()
        processor = getattr(transformers, f"{kind}ImageProcessor")(**settings)
        net.save_pretrained(tmp_path / "net")
        processor.save_pretrained(tmp_path / "net")
        return tmp_path / "net", processor, net

    return save


@pytest.mark.parametrize(
    ("kind", "settings", "framing"),
    [
        (
            "ViT",
            {"size": {"height": 96, "width": 96}},
            Framing(96, 96, fit="squash", odd="before"),
        ),
        pytest.param(
            "ConvNext",
            {"size": {"shortest_edge": 96}, "crop_pct": 0.9},
            Framing(96, 96, shorter=106, interpolation="bicubic", odd="before"),
            marks=pytest.mark.slow,
        ),
        (
            "CLIP",
            {"size": {"shortest_edge": 101}, "crop_size": {"height": 96, "width": 96}},
            Framing(96, 96, shorter=101, interpolation="bicubic", odd="before"),
        ),
        pytest.param(
            "DeiT",
            {"size": {"height": 110, "width": 110}, "crop_size": {"height": 96, "width": 96}},
            Framing(96, 96, fit="squash", shorter=110, interpolation="bicubic", odd="before"),
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "Levit",
            {"size": {"shortest_edge": 96}, "crop_size": {"height": 96, "width": 96}},
            Framing(96, 96, shorter=109, interpolation="bicubic", odd="before"),
            marks=pytest.mark.slow,
        ),
    ],
)
def test_what_transformers_shows_and_says(saved, pictures, kind, settings, framing):
    folder, processor, net = saved(kind, **settings)
    subject = loaders.subject(f"hf:{folder}")
    assert subject.framing == framing
    assert subject.load().card.classes == ("cat", "dog", "hen")
    grey, apart, same = compared(
        subject,
        sorted(pictures.iterdir()),
        lambda image: processor(image, return_tensors="pt")["pixel_values"],
        lambda shown: net(shown).logits,
    )
    assert (grey <= 1.01, apart < 0.02, same) == (True, True, True)


def test_pixels_multiplied_by_something_else_are_normalised_alike(saved, pictures):
    folder, processor, net = saved(
        size={"height": 96, "width": 96},
        rescale_factor=1 / 127.5,
        image_mean=[1.0] * 3,
        image_std=[0.7] * 3,
    )
    grey, _, same = compared(
        loaders.subject(f"hf:{folder}"),
        sorted(pictures.iterdir()),
        lambda image: processor(image, return_tensors="pt")["pixel_values"],
        lambda shown: net(shown).logits,
    )
    assert (grey <= 1.01, same) == (True, True)


def changed(folder, file, **more):
    path = folder / file
    path.write_text(json.dumps({**json.loads(path.read_text()), **more}))


def test_what_cannot_be_done_as_told_is_refused(saved):
    folder, _, _ = saved()
    changed(folder, "preprocessor_config.json", image_processor_type="MobileViTImageProcessor")
    with pytest.raises(ModelError, match="preprocessing of kind MobileViT is not known here"):
        loaders.subject(f"hf:{folder}")
    told = loaders.subject(f"hf:{folder}?size=96&mean=0.5,0.5,0.5&std=0.5,0.5,0.5&fit=squash")
    assert told.framing == Framing(96, 96, fit="squash")
    changed(
        folder, "preprocessor_config.json", image_processor_type="ViTImageProcessor", resample=5
    )
    with pytest.raises(ModelError, match="resampled in way 5"):
        loaders.subject(f"hf:{folder}")


def test_a_net_without_its_head_is_no_classifier(transformers, tmp_path):
    config = transformers.ViTConfig(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    transformers.ViTModel(config).save_pretrained(tmp_path)
    transformers.ViTImageProcessor().save_pretrained(tmp_path)
    with pytest.raises(ModelError, match=r"no weights for classifier\.bias"):
        loaders.subject(f"hf:{tmp_path}").load()


def test_pickles_and_halves_are_refused(saved):
    folder, _, net = saved()
    (folder / "model.safetensors").rename(folder / "aside")
    with pytest.raises(ModelError, match="no weights in safetensors: save_pretrained writes"):
        loaders.subject(f"hf:{folder}")
    torch.save(net.state_dict(), folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"pytorch_model.bin is a pickle; where you trust it"):
        loaders.subject(f"hf:{folder}")
    (folder / "aside").rename(folder / "model.safetensors")
    (folder / "preprocessor_config.json").write_text("[]")
    with pytest.raises(ModelError, match="says no settings by name"):
        loaders.subject(f"hf:{folder}")
    (folder / "preprocessor_config.json").unlink()
    with pytest.raises(ModelError, match=r"has no preprocessor_config\.json; keep a model whole"):
        loaders.subject(f"hf:{folder}")
    with pytest.raises(ModelError, match=r"no folder .*; of the hub's models, write hf:OWNER"):
        loaders.subject("hf:some/where/deep")


def test_code_of_its_own_is_never_run(saved, tmp_path):
    folder, _, _ = saved()
    (folder / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    changed(
        folder,
        "config.json",
        model_type="own_kind_of_nobody",
        auto_map={"AutoConfig": "own.C", "AutoModelForImageClassification": "own.M"},
    )
    with pytest.raises(ModelError, match="cannot be loaded"):
        loaders.subject(f"hf:{folder}").load()
    assert not (tmp_path / "ran").exists()


def test_weights_decide_the_fingerprint(saved, transformers):
    folder, _, net = saved()
    before = loaders.subject(f"hf:{folder}").fingerprint
    with torch.no_grad():
        net.classifier.bias += 1
    net.save_pretrained(folder)
    assert loaders.subject(f"hf:{folder}").fingerprint != before
