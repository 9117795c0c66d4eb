import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from fieldmark.models import loaders
from fieldmark.models.torchvision_shim import needs_torchvision
from fieldmark.records import (
    ConfigError,
    GradientClassifier,
    MissingExtraError,
    ModelError,
    UnknownNameError,
)
from tests.models.loaders.alike import compared

pytestmark = pytest.mark.xdist_group("libraries")  # each takes seconds to import

SMALL = "timm:test_resnet?weights=none"


@pytest.fixture(scope="module")
def timm():
    return needs_torchvision("timm", extra="vision", purpose="tests")


def files_of(folder):
    return sorted(one for one in folder.iterdir() if one.suffix.lower() in (".jpg", ".jpeg"))


@pytest.mark.parametrize(
    "name",
    [
        "test_resnet",
        pytest.param("test_vit", marks=pytest.mark.slow),
        pytest.param("test_efficientnet", marks=pytest.mark.slow),
    ],
)
def test_what_timm_shows_and_says(timm, pictures, name):
    subject = loaders.subject(f"timm:{name}?weights=none&seed=3")
    theirs = timm.create_model(name).eval()
    theirs.load_state_dict(subject.load().module[1].state_dict())
    config = timm.data.resolve_model_data_config(theirs)
    transform = timm.data.create_transform(**config, is_training=False)
    grey, apart, same = compared(
        subject, files_of(pictures), lambda image: transform(image)[None], theirs
    )
    assert grey < 0.01
    assert apart < 1e-4
    assert same


@pytest.mark.slow
def test_what_torchvision_shows_and_says(pictures):
    models = needs_torchvision("torchvision.models", extra="vision", purpose="tests")
    subject = loaders.subject("torchvision:squeezenet1_1?weights=none")
    theirs = models.squeezenet1_1().eval()
    theirs.load_state_dict(subject.load().module[1].state_dict())
    transform = models.SqueezeNet1_1_Weights.DEFAULT.transforms()
    grey, apart, same = compared(
        subject, files_of(pictures), lambda image: transform(image)[None], theirs
    )
    assert (grey < 0.01, apart < 1e-4, same) == (True, True, True)


def test_squashed_and_then_cropped_as_timm_does(timm, pictures):
    name = next(
        one
        for one in timm.list_models(pretrained=True)
        if (config := timm.get_pretrained_cfg(one)).crop_mode == "squash" and config.crop_pct < 1
    )
    subject = loaders.subject(f"timm:{name.partition('.')[0]}?weights=none")
    given = timm.get_pretrained_cfg(name.partition(".")[0])
    config = timm.data.resolve_data_config({}, pretrained_cfg=given.to_dict())
    transform = timm.data.create_transform(**config, is_training=False)
    from PIL import Image

    from fieldmark.datasets.pictures import decoded

    std, mean = (torch.tensor(config[key]).view(-1, 1, 1) for key in ("std", "mean"))
    for file in files_of(pictures)[:2]:
        theirs = (transform(Image.open(file).convert("RGB")) * std + mean) * 255
        ours = decoded(file.read_bytes(), file=file.name, framing=subject.framing)
        assert np.abs(theirs.permute(1, 2, 0).numpy() - ours).max() < 0.01


@pytest.mark.slow
def test_a_seed_makes_the_same_net_and_leaves_the_global_generator_alone():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    one, again, other = (loaders.subject(f"{SMALL}&seed={seed}") for seed in (1, 1, 2))
    pictures = np.random.default_rng(0).integers(0, 256, (2, *one.framing.frame), np.uint8)
    said = [subject.load()(pictures) for subject in (one, again, other)]
    np.testing.assert_array_equal(said[0], said[1])
    assert np.abs(said[0] - said[2]).max() > 0
    assert one.fingerprint == again.fingerprint != other.fingerprint
    assert torch.equal(torch.get_rng_state(), before)


def test_it_is_a_gradient_classifier_with_its_preprocessing_on_the_card():
    made = loaders.subject(SMALL).load()
    assert isinstance(made, GradientClassifier)
    assert len(made.card.classes) == 1000
    assert made.card.parameters == sum(p.numel() for p in made.module.parameters())
    for said in ("random weights, seed 0", "bilinear, centre crop", "minus 0.5", "over 0.5"):
        assert said in made.card.training


def test_preprocessing_is_part_of_the_fingerprint():
    marks = {
        loaders.subject(f"{SMALL}{more}").fingerprint
        for more in ("", "&size=96", "&mean=0,0,0&std=1,1,1", "&interpolation=bicubic")
    }
    assert len(marks) == 4


@pytest.mark.slow
def test_folding_and_layout_leave_answers_of_timm_nets(timm):
    plain, quick = (
        loaders.subject(f"timm:test_efficientnet?weights=none&channels_last=yes&fold={yes}").load()
        for yes in ("no", "yes")
    )
    norms = [type(one).__name__ for one in quick.module.modules()]
    assert not any("BatchNorm" in one for one in norms)
    images = np.random.default_rng(0).integers(0, 256, (4, *plain.card.frame), np.uint8)
    np.testing.assert_allclose(plain(images), quick(images), rtol=1e-3, atol=1e-5)


def test_grey_pictures_and_classes_of_ones_own():
    subject = loaders.subject(f"{SMALL}&size=32&channels=1&classes=a,b,c")
    made = subject.load()
    assert made.card.frame == (32, 32, 1)
    assert made(np.zeros((2, 32, 32, 1), np.uint8)).shape == (2, 3)


def test_weights_that_cannot_be_reached_say_what_to_do(monkeypatch):
    def nowhere(*told, **more):
        raise OSError("Name or service not known")

    monkeypatch.setattr("torch.hub.download_url_to_file", nowhere)
    monkeypatch.setenv("TORCH_HOME", "/nonexistent-folder-of-nobody")
    monkeypatch.setattr("os.makedirs", lambda *told, **more: None)
    with pytest.raises(
        ModelError,
        match=r"cannot be had from https://download.pytorch.org/.*: "
        r"Name or service not known. Fetch them .*safetensors:FILE\?arch=torchv",
    ):
        loaders.subject("torchvision:resnet18").load()


def test_a_library_that_is_missing_names_its_extra(monkeypatch):
    def absent(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name="timm")

    monkeypatch.setattr("fieldmark.models.torchvision_shim.import_module", absent)
    with pytest.raises(MissingExtraError, match=r"pip install 'fieldmark\[vision\]'"):
        loaders.subject("timm:resnet18")


@pytest.fixture
def saved(tmp_path):
    net = loaders.subject("timm:test_resnet?weights=none&seed=7&classes=a,b").load().module[1]
    save_file(net.state_dict(), tmp_path / "net.safetensors")
    torch.save(
        {"state_dict": {f"module.{k}": v for k, v in net.state_dict().items()}, "epoch": 3},
        tmp_path / "net.pth",
    )
    return tmp_path, net


ARCH = "arch=timm/test_resnet&classes=a,b"


def test_weights_go_into_a_named_net(saved):
    folder, _ = saved
    images = np.random.default_rng(0).integers(0, 256, (2, 160, 160, 3), np.uint8)
    said = []
    for text in ("safetensors:net.safetensors", "weights:net.pth"):
        subject = loaders.subject(f"{text}?{ARCH}", base=folder)
        assert subject.name == text.partition(":")[2]
        said.append(subject.load()(images))
    np.testing.assert_array_equal(*said)
    held = loaders.subject("timm:test_resnet?weights=net.safetensors&classes=a,b", base=folder)
    np.testing.assert_array_equal(held.load()(images), said[0])


@pytest.mark.parametrize(
    ("text", "error", "line"),
    [
        (f"safetensors:net.safetensors?{ARCH},c", ModelError, "fc.weight is 2×.*, wanted 3×"),
        ("safetensors:net.safetensors?arch=timm/test_vit", ModelError, "it lacks .* has besides"),
        ("safetensors:net.safetensors", ConfigError, "holds weights and no net; say which"),
        ("safetensors:net.safetensors?arch=tim/a", UnknownNameError, "Did you mean timm"),
        ("safetensors:net.safetensors?arch=timm/test_resnot", UnknownNameError, "test_resnet"),
        ("safetensors:net.pth?arch=timm/test_resnet", ConfigError, "write weights:FILE"),
        ("weights:net.safetensors?arch=timm/test_resnet", ConfigError, "write safetensors:FILE"),
        (f"weights:absent.pth?{ARCH}", ModelError, "cannot read .*absent.pth: No such file"),
        (f"weights:empty.pth?{ARCH}", ModelError, "empty.pth is empty"),
        (f"weights:noise.pth?{ARCH}", ModelError, "noise.pth (cannot be read as|is a pickle)"),
        (f"safetensors:noise.safetensors?{ARCH}", ModelError, "as a .safetensors file"),
        (f"weights:whole.pth?{ARCH}", ModelError, "more than tensors, and could run any code"),
        (f"weights:list.pth?{ARCH}", ModelError, "holds a list, not a net's weights"),
        (f"weights:other.pth?{ARCH}", ModelError, "holds more than a net's weights by name: lr"),
        (f"weights:net.pkl?{ARCH}", ModelError, "is a pickle, which can run any code"),
        (f"weights:net.joblib?{ARCH}", ModelError, "is a pickle, which can run any code"),
    ],
)
def test_weights_that_do_not_fit_or_could_run(saved, text, error, line):
    folder, net = saved
    (folder / "empty.pth").touch()
    (folder / "noise.pth").write_bytes(b"not a checkpoint at all")
    (folder / "noise.safetensors").write_bytes(b"not a checkpoint at all")
    torch.save(net, folder / "whole.pth")
    torch.save([1, 2], folder / "list.pth")
    torch.save({"lr": 0.1, "momentum": 2}, folder / "other.pth")
    with pytest.raises(error, match=line):
        loaders.subject(text, base=folder).load()


def test_a_pickle_with_a_payload_is_never_run(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    torch.save({"state_dict": Bomb()}, tmp_path / "bomb.pth")
    with pytest.raises(ModelError, match="could run any code"):
        loaders.subject(f"weights:bomb.pth?{ARCH}", base=tmp_path).load()
    assert not (tmp_path / "ran").exists()


def test_a_net_of_somebodys_own_takes_weights(tmp_path, monkeypatch):
    (tmp_path / "mine_of_loaders.py").write_text(
        "from torch import nn\ndef make():\n"
        "    net = nn.Sequential(nn.Flatten(), nn.Linear(12, 2))\n"
        "    net.frame = (2, 2, 3)\n    return net\n"
    )
    weights = {"1.weight": torch.zeros(2, 12), "1.bias": torch.tensor([1.0, 2.0])}
    save_file(weights, tmp_path / "w.safetensors")
    subject = loaders.subject(
        "safetensors:w.safetensors?arch=python/mine_of_loaders:make", base=tmp_path
    )
    assert subject.load()(np.zeros((1, 2, 2, 3), np.uint8)).tolist() == [[1.0, 2.0]]


def test_resnet_20_on_cifar_10(published):
    text = f"weights:{published}/weights-cifar10/resnet20-12fca82f.th?arch=cifar/resnet20"
    held = np.load(published / "cifar10" / "cifar10_test_lossless_200.npz")
    said = loaders.subject(text).load()(held["x"]).argmax(1)
    assert (said == held["y"]).sum() == 185  # 92.5 %


def test_a_size_that_a_net_cannot_take():
    with pytest.raises(ModelError, match=r"cannot be asked about a picture of 8×8×3: RuntimeError"):
        loaders.subject("torchvision:squeezenet1_1?weights=none&size=8").load()
