from pathlib import Path

import pytest

from fieldmark.models import loaders
from fieldmark.models.loaders.asked import Asked
from fieldmark.models.loaders.dressing import Dressing, class_names, dressed
from fieldmark.records import ConfigError, Framing, UnknownNameError

USUAL = Dressing(
    Framing(224, 224, shorter=256, interpolation="bicubic"), (0.5, 0.4, 0.3), (1.0, 1.0, 1.0)
)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("onnx:", "'onnx:' names no model"),
        ("onnx:a.onnx?size", "option 'size' has no value; write key=value"),
        ("onnx:a.onnx?size=", "has no value"),
        ("onnx:a.onnx?size=3&size=4", "option size is given twice"),
    ],
)
def test_what_is_no_request_is_told(text, line):
    with pytest.raises(ConfigError, match=line):
        Asked.read(text)


def test_options_that_decide_nothing_are_no_part_of_the_name():
    asked = Asked.read("timm:resnet18?weights=none&device=cpu&fold=yes&seed=1&name=mine")
    assert asked.text == "timm:resnet18?weights=none&seed=1"
    assert Asked.read("http://a/b?x=1#batch=2").place == "//a/b?x=1"


def test_unknown_words_get_the_nearest():
    with pytest.raises(UnknownNameError, match="no loader called 'tim'"):
        loaders.subject("tim:resnet18")
    with pytest.raises(UnknownNameError, match="Did you mean seed"):
        loaders.subject("timm:resnet18?sed=1")
    with pytest.raises(UnknownNameError, match="Did you mean resnet18"):
        loaders.subject("timm:resnet81")
    with pytest.raises(UnknownNameError, match="Did you mean resnet50"):
        loaders.subject("torchvision:resnet55")
    with pytest.raises(UnknownNameError, match="IMAGENET1K_V1, IMAGENET1K_V2"):
        loaders.subject("torchvision:resnet50.V9")


@pytest.mark.parametrize(
    ("options", "framing"),
    [
        ("", USUAL.framing),
        ("interpolation=bilinear", Framing(224, 224, shorter=256)),
        ("shorter=300", Framing(224, 224, shorter=300, interpolation="bicubic")),
        ("size=96", Framing(96, 96, interpolation="bicubic")),
        ("size=96x128", Framing(96, 128, interpolation="bicubic")),
        ("fit=squash", Framing(224, 224, fit="squash", interpolation="bicubic")),
        ("channels=1", Framing(224, 224, 1, shorter=256, interpolation="bicubic")),
    ],
)
def test_options_change_the_usual_framing(options, framing):
    found = dressed(Asked.read(f"timm:x?{options}"), USUAL)
    assert found.framing == framing
    assert found.mean == (pytest.approx((0.4,)) if framing.channels == 1 else USUAL.mean)


@pytest.mark.parametrize(
    ("options", "error", "line"),
    [
        ("size=0", ConfigError, "size=0 is no size"),
        ("size=2x3x4", ConfigError, "is no size"),
        ("channels=2", ConfigError, "1 or 3 channels"),
        ("fit=sqash", UnknownNameError, "Did you mean squash"),
        ("mean=0.5", ConfigError, "mean and std go together"),
        ("mean=a,b", ConfigError, "no list of numbers"),
        ("mean=0&std=0", ConfigError, "a std is never 0"),
        ("mean=0,0&std=1,1", ConfigError, "2 means for pictures of 3 channels"),
        ("shorter=10", ConfigError, "does not cover 224×224"),
        ("classes=nowhere.txt", ConfigError, "cannot read classes=nowhere.txt"),
    ],
)
def test_options_that_cannot_be(options, error, line):
    with pytest.raises(error, match=line):
        dressed(Asked.read(f"timm:x?{options}"), USUAL)


def test_framing_without_a_size_needs_one():
    with pytest.raises(ConfigError, match="fit needs a size beside it"):
        dressed(Asked.read("onnx:x?fit=squash"), Dressing())


def test_classes_come_from_lists_files_and_imagenet(tmp_path):
    (tmp_path / "c.txt").write_text("cat\ndog\n\n")
    assert class_names("c.txt", tmp_path).names == ("cat", "dog")
    assert len(class_names("imagenet", Path())) == 1000
    (tmp_path / "d.bin").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not UTF-8 text"):
        class_names("d.bin", tmp_path)
