import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC, LinearSVC

from fieldmark.models import KernelSvm, SklearnClassifier
from fieldmark.records import Classifier, ModelCard, ModelError, generator


def card(*classes):
    return ModelCard("fitted", "any", "a test", "MIT", "random pixels", classes)


@pytest.fixture
def pictures():
    return generator(0).integers(0, 256, (120, 3, 4, 1), dtype=np.uint8)


@pytest.fixture
def flat(pictures):
    return pictures.reshape(120, -1).astype(np.float32) / np.float32(255)


THREE = generator(3).integers(0, 3, 120)


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        RandomForestClassifier(5, random_state=0),
        KNeighborsClassifier(3),
        LinearSVC(random_state=0),
        RidgeClassifier(),
        SVC(break_ties=True),  # else predict leaves ties of votes to chance
    ],
    ids=lambda one: type(one).__name__,
)
@pytest.mark.parametrize("classes", [2, 3])
def test_its_best_class_is_the_estimators(estimator, classes, pictures, flat):
    labels = THREE % classes
    model = SklearnClassifier(estimator.fit(flat, labels), card())
    assert isinstance(model, Classifier)
    scores = model(pictures)
    assert np.isfinite(scores).all()
    assert scores.shape == (120, classes)
    np.testing.assert_array_equal(scores.argmax(axis=1), estimator.predict(flat))
    np.testing.assert_array_equal(scores, model(pictures.astype(np.float32) / 255))


def test_softmax_of_the_scores_gives_the_probabilities_back(pictures, flat):
    estimator = RandomForestClassifier(5, random_state=0).fit(flat, THREE)
    scores = SklearnClassifier(estimator, card())(pictures).astype(np.float64)
    share = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(share, estimator.predict_proba(flat), atol=1e-6)


def test_classes_are_found_by_name_in_the_order_of_the_card(pictures, flat):
    names = np.array(["ant", "bee", "cat"])[THREE]
    estimator = LogisticRegression().fit(flat, names)
    scores = SklearnClassifier(estimator, card("cat", "ant", "dog", "bee"))(pictures)
    named = np.array(["cat", "ant", "dog", "bee"])[scores.argmax(axis=1)]
    np.testing.assert_array_equal(named, estimator.predict(flat))
    assert (scores[:, 2] < scores.min(axis=1, initial=0, where=[1, 1, 0, 1])).all()


def test_classes_are_found_by_number_where_names_differ(pictures, flat):
    estimator = LogisticRegression().fit(flat, THREE)
    scores = SklearnClassifier(estimator, card("zero", "one", "two"))(pictures)
    np.testing.assert_array_equal(scores.argmax(axis=1), estimator.predict(flat))


def test_a_class_that_the_card_lacks_is_refused(flat):
    estimator = LogisticRegression().fit(flat, THREE)
    with pytest.raises(ModelError, match="classes that its card lacks: 0, 1, 2"):
        SklearnClassifier(estimator, card("ant", "bee"))


def test_images_of_another_size_are_refused(flat):
    model = SklearnClassifier(LogisticRegression().fit(flat, THREE), card())
    with pytest.raises(ModelError, match="fitted to images of 12 numbers, these have 48"):
        model(np.zeros((1, 4, 4, 3), np.uint8))


def test_an_unfitted_estimator_is_refused():
    with pytest.raises(ModelError, match="is a LogisticRegression, not a fitted classifier"):
        SklearnClassifier(LogisticRegression(), card())


def test_an_estimator_of_several_answers_is_refused(flat):
    estimator = RandomForestClassifier(2, random_state=0).fit(flat, np.stack([THREE, THREE], 1))
    with pytest.raises(ModelError, match="several questions at once"):
        SklearnClassifier(estimator, card())


def test_margins_of_pairs_are_refused(pictures, flat):
    labels = generator(4).integers(0, 4, 120)
    model = SklearnClassifier(SVC(decision_function_shape="ovo").fit(flat, labels), card())
    with pytest.raises(ModelError, match="gives 6 margins for 4 classes"):
        model(pictures)


@pytest.mark.parametrize("classes", [3, 5])
def test_the_fast_machine_is_the_machine(classes, pictures, flat):
    labels = generator(4).integers(0, classes, 120)
    machine = SVC(C=5).fit(flat[:80], labels[:80])
    scores = KernelSvm(machine, card(*map(str, range(classes))))(pictures)
    np.testing.assert_allclose(scores, machine.decision_function(flat), atol=2e-4)
    np.testing.assert_array_equal(scores.argmax(axis=1), machine.decision_function(flat).argmax(1))


def test_the_fast_machine_takes_only_what_it_can(flat):
    with pytest.raises(ModelError, match="kernel 'linear' and 3 classes"):
        KernelSvm(SVC(kernel="linear").fit(flat, THREE), card())
    with pytest.raises(ModelError, match="kernel 'rbf' and 2 classes"):
        KernelSvm(SVC().fit(flat, THREE % 2), card())
