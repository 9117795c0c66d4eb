import numpy as np
import pytest
import torch

from fieldmark import catalog, training
from fieldmark.datasets import mnist_test, mnist_train
from fieldmark.models import Neighbours, best_k
from fieldmark.models.feature_nets import PatchKernel, Scattering, patches_of
from fieldmark.records import ConfigError, GradientClassifier, ModelCard, UnknownNameError
from fieldmark.training import PENALTIES, regressed

CHANCE = np.random.default_rng(0)


@pytest.mark.parametrize(("n", "d"), [(30, 6), (12, 40)])
def test_ridge_is_the_textbooks_and_leaving_one_out_is_what_it_says(n, d):
    features = CHANCE.normal(size=(n, d)) + 3
    labels = CHANCE.integers(0, 3, n)

    def fitted(rows, wanted, strength):
        mean, aim = rows.mean(0), wanted.mean(0)
        centred = rows - mean
        weights = np.linalg.solve(
            centred.T @ centred + strength * np.eye(d), centred.T @ (wanted - aim)
        )
        return weights, aim - mean @ weights

    targets = np.eye(3)[labels]
    trace = np.square(features - features.mean(0)).sum()
    shares = {}
    for penalty in PENALTIES:
        right = 0
        for out in range(n):
            keep = np.arange(n) != out
            weights, bias = fitted(features[keep], targets[keep], penalty * trace)
            right += int((features[out] @ weights + bias).argmax() == labels[out])
        shares[penalty] = right / n
    found = regressed(features, labels, 3)
    assert found.penalty == max(PENALTIES, key=lambda one: (shares[one], one))
    assert found.left_out == pytest.approx(shares[found.penalty])
    weights, bias = fitted(features, targets, found.penalty * trace)
    np.testing.assert_allclose(found.weights, weights, rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose(found.bias, bias, rtol=1e-5, atol=1e-8)


def test_votes_are_counted_as_scikit_learn_counts_them():
    from sklearn.neighbors import KNeighborsClassifier

    images = CHANCE.integers(0, 256, (60, 4, 4, 1), np.uint8)
    labels, asked = CHANCE.integers(0, 2, 60), CHANCE.integers(0, 256, (40, 4, 4, 1), np.uint8)
    card = ModelCard("knn", "neighbours", "you", "MIT", "sixty", ("a", "b"))
    for k in (1, 3, 5):  # odd, so that two classes never tie
        theirs = KNeighborsClassifier(k).fit(images.reshape(60, -1) / 255.0, labels)
        ours = Neighbours(images, labels, k, card)(asked).argmax(1)
        np.testing.assert_array_equal(ours, theirs.predict(asked.reshape(40, -1) / 255.0))


def test_the_best_k_is_that_of_leaving_each_out():
    images = CHANCE.integers(0, 256, (40, 3, 3, 1), np.uint8)
    labels = CHANCE.integers(0, 3, 40)
    card = ModelCard("knn", "neighbours", "you", "MIT", "some", ("a", "b", "c"))
    shares = {}
    for k in (1, 3, 7):
        right = 0
        for out in range(40):
            keep = np.arange(40) != out
            some = Neighbours(images[keep], labels[keep], k, card)
            right += int(some(images[out : out + 1]).argmax() == labels[out])
        shares[k] = right / 40
    k, share = best_k(images, labels, (1, 3, 7), 3)
    assert k == max(shares, key=lambda one: (shares[one], one))
    assert share == pytest.approx(shares[k])


def test_patch_features_have_the_kernels_inner_products():
    """Where every patch is an anchor, Nyström is exact: the kernel itself, summed up by hand."""
    pictures = torch.rand(3, 2, 5, 5, generator=torch.Generator().manual_seed(0))
    patches = patches_of(pictures, 3)
    net = PatchKernel(patches, grid=1, sharpness=1.5).double()
    features = net(pictures.double())
    rows = patches.double().flatten(1)
    rows = rows - rows.mean(1, keepdim=True)
    norms = rows.norm(dim=1)
    cosines = (rows @ rows.T) / norms[:, None] / norms
    kernel = norms[:, None] * norms * torch.exp(1.5 * (cosines - 1))
    whole = kernel.view(3, 9, 3, 9).mean((1, 3))
    torch.testing.assert_close(features @ features.T, whole, rtol=1e-3, atol=1e-5)


def test_a_kernel_summed_over_places_does_not_see_where():
    picture = torch.zeros(1, 1, 12, 12)
    picture[0, 0, 3:6, 3:5] = torch.rand(3, 2, generator=torch.Generator().manual_seed(1))
    net = PatchKernel(patches_of(picture, 3), grid=1)
    moved = picture.roll((2, 3), (2, 3))
    torch.testing.assert_close(net(picture), net(moved), rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_scattering_is_kymatios_and_has_a_slope():
    net = Scattering((16, 16, 3))
    pictures = torch.rand(2, 3, 16, 16, requires_grad=True)
    said = net(pictures)
    assert said.shape == (2, 3 * 81 * 4 * 4)
    assert torch.autograd.grad(said.sum(), pictures)[0].abs().sum() > 0


@pytest.fixture
def cached(tmp_path, monkeypatch):
    monkeypatch.setattr("fieldmark.catalog.subjects.cache_folder", lambda: tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "least", "note"),
    [
        ("knn", 0.75, "k = "),
        ("linear", 0.7, "penalty "),
        ("random-features", 0.75, "of 9 tried"),
        pytest.param("conv-kernel", 0.85, "of 9 tried", marks=pytest.mark.slow),
        pytest.param(
            "scattering",
            0.85,
            "leaving one out; nothing else was searched",
            marks=pytest.mark.slow,
        ),
        ("forest", 0.75, "100 trees"),
    ],
)
def test_baselines_learn_digits_from_a_tenth_of_them(cached, name, least, note):
    text = f"baseline:{name}?share=0.1&train=mnist-train"
    subject = catalog.subject(text)
    assert subject.name == text
    examples = mnist_test()
    rows = np.arange(200)
    made, images = subject.load(), examples.images(rows)
    said = made(images)
    assert (said.argmax(1) == examples.first_labels[rows]).mean() >= least
    assert note in made.card.training
    assert made.card.classes == examples.classes.names
    assert isinstance(made, GradientClassifier) == (name not in ("knn", "forest"))
    again = catalog.subject(text).load()
    np.testing.assert_array_equal(again(images), said)
    assert again.card == made.card


def test_baselines_fit_folders_and_frame_tests_like_them(cached, tmp_path):
    from PIL import Image

    for number, (height, width) in enumerate([(20, 30), (24, 24), (40, 26), (33, 30)] * 3):
        home = tmp_path / "photos" / ("dark" if number % 2 else "bright")
        home.mkdir(parents=True, exist_ok=True)
        low = 0 if number % 2 else 150
        picture = CHANCE.integers(low, low + 100, (height, width, 3), np.uint8)
        Image.fromarray(picture).save(home / f"{number}.png")
    subject = catalog.subject("baseline:linear?train=folder:photos?size=16x18", base=tmp_path)
    assert subject.framing.frame == (16, 18, 3)
    examples = catalog.source("folder:photos", base=tmp_path).examples().framed(subject.framing)
    said = subject.load()(examples.images())
    assert (said.argmax(1) == examples.first_labels).all()


@pytest.mark.parametrize(
    ("text", "error", "line"),
    [
        ("baseline:knn", ConfigError, r"write baseline:knn\?train=DATASET, the data set last"),
        ("baseline:knm?train=mnist-train", UnknownNameError, "Did you mean knn"),
        ("baseline:knn?shar=1&train=mnist-train", UnknownNameError, "Did you mean share"),
        ("baseline:knn?share=2&train=mnist-train", ConfigError, r"share must be in \(0, 1\]"),
        ("baseline:knn?train=mnist-tran", UnknownNameError, "Did you mean mnist-train"),
    ],
)
def test_what_cannot_be_fitted_is_told(cached, text, error, line):
    with pytest.raises(error, match=line):
        catalog.subject(text)


def test_the_share_and_the_seed_make_another_subject(cached):
    marks = {
        catalog.subject(f"baseline:conv-kernel?{more}train=mnist-train").fingerprint
        for more in ("", "share=0.5&", "seed=1&")
    }
    assert len(marks) == 3
    assert set(training.BASELINES) == {
        "knn", "linear", "random-features", "conv-kernel", "scattering", "forest",
    }  # fmt: skip
    assert mnist_train().card.name == "mnist-train"
