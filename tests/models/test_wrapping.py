import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from fieldmark.models import TorchClassifier, subject_of
from fieldmark.records import GradientClassifier, ModelError

PICTURES = np.arange(3 * 16, dtype=np.uint8).reshape(3, 4, 4, 1)


def brightness(images):
    return images.mean(axis=(1, 2)).repeat(2, axis=1)


def darkness(images):
    return -images.mean(axis=(1, 2)).repeat(2, axis=1)


def net(value: float) -> torch.nn.Module:
    made = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16, 2))
    torch.nn.init.constant_(made[1].weight, value)
    torch.nn.init.zeros_(made[1].bias)
    return made


def test_each_kind_of_model_answers_behind_one_door():
    rng = np.random.default_rng(0)
    fitted = LogisticRegression().fit(rng.random((20, 16)), np.arange(20) % 2)
    for made in (net(1.0), fitted, brightness):
        subject = subject_of(made, name="mine", family="own", classes=("a", "b"))
        classifier = subject.load()
        assert classifier(PICTURES).shape == (3, 2)
        np.testing.assert_allclose(
            classifier(PICTURES), classifier(PICTURES.astype(np.float32) / 255), rtol=1e-5
        )
        assert (classifier.card.name, classifier.card.family) == ("mine", "own")
    assert isinstance(subject_of(net(1.0), name="n").load(), GradientClassifier)


def test_a_classifier_is_taken_as_it_is():
    classifier = subject_of(net(1.0), name="first").load()
    again = subject_of(classifier, name="second")
    assert isinstance(classifier, TorchClassifier)
    assert again.load() is classifier
    assert again.name == "second"


def test_the_fingerprint_is_of_what_decides_the_answers():
    assert subject_of(net(1.0), name="a").fingerprint == subject_of(net(1.0), name="b").fingerprint
    assert subject_of(net(1.0), name="a").fingerprint != subject_of(net(2.0), name="a").fingerprint
    prints = [subject_of(one, name="f").fingerprint for one in (brightness, darkness)]
    assert prints[0] != prints[1]
    assert subject_of(brightness, name="f", version="2").fingerprint not in prints


def test_code_without_a_source_file_has_a_fingerprint_too():
    space: dict[str, object] = {}
    exec("def one(x): return x + 1\ndef two(x): return x.sum()", space)
    prints = {subject_of(space[name], name="f").fingerprint for name in ("one", "two")}
    assert len(prints) == 2


def test_what_is_no_model_or_has_no_name_is_refused():
    with pytest.raises(ModelError, match="a int is no model; one is a Classifier"):
        subject_of(3, name="three")
    with pytest.raises(ModelError, match="a model of yours needs a name"):
        subject_of(brightness)
