import subprocess
import sys
from itertools import count
from textwrap import dedent

import numpy as np
import pytest

from fieldmark.models import SklearnClassifier, TorchClassifier, from_python
from fieldmark.records import ModelError

NAMES = (f"own_model_{number}" for number in count())
PICTURES = np.arange(3 * 16, dtype=np.uint8).reshape(3, 4, 4, 1)


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes a module into the current directory and gives its name, another each time."""
    monkeypatch.chdir(tmp_path)

    def writer(source):
        name = next(NAMES)
        (tmp_path / f"{name}.py").write_text(dedent(source))
        return name

    yield writer
    for name in [name for name in sys.modules if name.startswith("own_model_")]:
        del sys.modules[name]


def test_a_torch_module_is_wrapped_and_described_by_its_attributes(write):
    name = write("""
        import torch
        def net():
            made = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16, 2))
            torch.nn.init.ones_(made[1].weight), torch.nn.init.zeros_(made[1].bias)
            made.classes, made.frame, made.family = ["dark", "bright"], (4, 4, 1), "sum"
            return made
    """)
    subject = from_python(f"{name}:net")
    model = subject.load()
    assert isinstance(model, TorchClassifier)
    assert subject.name == "net"
    assert (model.card.classes, model.card.frame) == (("dark", "bright"), (4, 4, 1))
    assert (model.card.family, model.card.parameters) == ("sum", 34)
    np.testing.assert_allclose(model(PICTURES)[:, 0], PICTURES.sum((1, 2, 3)) / 255, rtol=1e-5)


def test_the_fingerprint_of_a_module_is_of_its_weights(write):
    source = """
        import torch
        def net():
            made = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16, 2))
            torch.nn.init.constant_(made[1].weight, {0}), torch.nn.init.zeros_(made[1].bias)
            return made
    """
    one, same, other = (from_python(f"{write(source.format(n))}:net") for n in (1, 1, 2))
    assert one.fingerprint == same.fingerprint != other.fingerprint


def test_the_fingerprint_of_a_module_is_of_its_own_class_too(write):
    source = """
        import torch
        class Net(torch.nn.Module):
            def forward(self, images):
                return images.flatten(1)[:, :2] * {0}
    """
    one, same, other = (from_python(f"{write(source.format(n))}:Net") for n in (1, 1, 2))
    assert one.fingerprint == same.fingerprint != other.fingerprint
    assert one.name == "Net"


ESTIMATOR = """
    import numpy as np
    from sklearn.naive_bayes import GaussianNB
    def bayes():
        pixels = np.random.Generator(np.random.PCG64({0})).random((20, 16))
        return GaussianNB().fit(pixels, np.arange(20) % 2)
"""


def test_a_fitted_estimator_is_wrapped(write):
    one, same, other = (from_python(f"{write(ESTIMATOR.format(n))}:bayes") for n in (1, 1, 2))
    assert one.fingerprint == same.fingerprint != other.fingerprint
    model = one.load()
    assert isinstance(model, SklearnClassifier)
    assert model.card.classes == ("0", "1")
    assert model(PICTURES).shape == (3, 2)


@pytest.mark.slow
def test_the_fingerprint_of_an_estimator_is_the_same_in_another_process(write, tmp_path):
    name = write(ESTIMATOR.format(1))
    asked = f"from fieldmark.models import from_python as f; print(f('{name}:bayes').fingerprint)"
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == from_python(f"{name}:bayes").fingerprint


def test_any_function_of_images_will_do(write):
    name = write("""
        def mean():
            def brightness(images):
                assert images.dtype == "float32" and images.max() <= 1
                middle = images.mean((1, 2, 3))
                return [[-one, one] for one in middle]
            brightness.classes = ["dark", "bright"]
            return brightness
    """)
    subject = from_python(f"{name}:mean")
    model = subject.load()
    assert (subject.name, model.card.classes) == ("mean", ("dark", "bright"))
    np.testing.assert_allclose(model(PICTURES)[:, 1], PICTURES.mean((1, 2, 3)) / 255, rtol=1e-5)
    np.testing.assert_array_equal(model(PICTURES), model(PICTURES.astype(np.float32) / 255))


def test_the_fingerprint_of_a_function_is_of_its_source(write, tmp_path):
    name = write("def make():\n    return lambda images: images[:, 0, :2, 0]\n")
    before = from_python(f"{name}:make").fingerprint
    assert from_python(f"{name}:make").fingerprint == before
    with (tmp_path / f"{name}.py").open("a") as file:
        file.write("# another line\n")
    assert from_python(f"{name}:make").fingerprint != before


def test_a_classifier_is_used_as_it_is(write):
    name = write("""
        from fieldmark.models import Chance
        from fieldmark.records import ModelCard
        def coin():
            return Chance(ModelCard("coin", "chance", "me", "MIT", "none", ("a", "b")))
    """)
    subject = from_python(f"{name}:coin")
    assert subject.name == "coin"
    assert subject.load().card.source == "me"


def test_modules_are_found_in_a_folder_and_the_path_is_left_as_it_was(write, tmp_path, monkeypatch):
    name = write("def make():\n    return len\n")
    monkeypatch.chdir("/")
    before = list(sys.path)
    assert from_python(f"{name}:make", base=tmp_path).name == "make"
    assert sys.path == before


@pytest.mark.parametrize(
    ("source", "factory", "message"),
    [
        ("", "make", r"has no function 'make'.* It has: none"),
        ("def other(): ...", "make", r"has no function 'make'.* It has: other"),
        ("def make(): ...", "make", "returns nothing"),
        ("def make(): return 3", "make", "a int is no model; one is a Classifier"),
        ("def make(): raise OSError('no weights\\nhere')", "make", "fails: OSError: no weights$"),
        ("import not_there_at_all", "make", "needs a module that is missing: not_there_at_all"),
        ("1 / 0", "make", "importing own_model_.* fails: ZeroDivisionError: division by zero"),
        (
            "from sklearn.naive_bayes import GaussianNB as make",
            "make",
            "is a GaussianNB, not a fitted classifier",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_line(write, source, factory, message):
    with pytest.raises(ModelError, match=message) as caught:
        from_python(f"{write(source)}:{factory}")
    assert "\n" not in str(caught.value)


def test_a_module_that_is_not_there_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match=r"no module called 'nowhere\.at_all'") as caught:
        from_python("nowhere.at_all:make")
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)


@pytest.mark.parametrize("spec", ["module", ":make", "module:"])
def test_a_spec_without_a_factory_is_refused(spec):
    with pytest.raises(ModelError, match=r"names no factory; write package\.module:factory"):
        from_python(spec)
