import copy
import zipfile
from functools import partial

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.tree._tree import Tree
from skops.io import dump

from fieldmark.models import from_sklearn, read_skops
from fieldmark.models.trees import check_trees
from fieldmark.records import ModelError, generator

PICTURES = generator(0).integers(0, 256, (90, 3, 4, 1), dtype=np.uint8)
FLAT = PICTURES.reshape(90, -1).astype(np.float32) / np.float32(255)
LABELS = generator(1).integers(0, 3, 90)


def kept(estimator, folder):
    path = folder / "model.skops"
    dump(estimator, path)
    return path


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        DecisionTreeClassifier(max_leaf_nodes=9, random_state=0),
        RandomForestClassifier(4, random_state=0),
        GradientBoostingClassifier(n_estimators=3, random_state=0),
        make_pipeline(StandardScaler(), RandomForestClassifier(3, random_state=0)),
    ],
    ids=lambda one: type(one).__name__,
)
def test_a_kept_estimator_answers_as_before(estimator, tmp_path):
    subject = from_sklearn(kept(estimator.fit(FLAT, LABELS), tmp_path))
    assert subject.name == "model"
    model = subject.load()
    assert model.card.classes == ("0", "1", "2")
    np.testing.assert_array_equal(model(PICTURES).argmax(axis=1), estimator.predict(FLAT))


def test_the_fingerprint_is_of_the_content(tmp_path):
    first = from_sklearn(kept(LogisticRegression().fit(FLAT, LABELS), tmp_path))
    (tmp_path / "copy.skops").write_bytes((tmp_path / "model.skops").read_bytes())
    assert from_sklearn(tmp_path / "copy.skops").fingerprint == first.fingerprint
    other = from_sklearn(kept(LogisticRegression(C=0.1).fit(FLAT, LABELS), tmp_path))
    assert other.fingerprint != first.fingerprint


def crafted(tree, **changes):
    """The same tree with some of its nodes' numbers overwritten."""
    state = copy.deepcopy(tree.__getstate__())
    for key, value in changes.items():
        if key in state:
            state[key] = value
        else:
            state["nodes"][key][0] = value
    made = Tree(*tree.__reduce__()[1])
    made.__setstate__(state)
    return made


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"left_child": 10**9}, "node 0 has children outside of it"),
        ({"right_child": -7}, "node 0 has children outside of it"),
        ({"left_child": 0}, "node 0 has children outside of it"),  # would never end
        ({"feature": 10**9}, "node 0 asks for a feature that there is not"),
        ({"feature": -3}, "node 0 asks for a feature that there is not"),
    ],
)
def test_a_tree_that_leads_out_of_itself_is_refused(changes, message, tmp_path):
    forest = RandomForestClassifier(3, random_state=0).fit(FLAT, LABELS)
    forest.estimators_[1].tree_ = crafted(forest.estimators_[1].tree_, **changes)
    subject = from_sklearn(kept(forest, tmp_path))
    with pytest.raises(ModelError, match=f"model.skops holds a damaged decision tree: {message}"):
        subject.load()


def test_a_tree_that_lies_about_its_size_is_refused():
    tree = DecisionTreeClassifier(random_state=0).fit(FLAT, LABELS).tree_
    with pytest.raises(ModelError, match=r"a list holds a damaged .* it says -5 nodes and keeps"):
        check_trees([crafted(tree, node_count=-5)], "a list")


def test_a_tree_is_found_wherever_it_hides():
    tree = DecisionTreeClassifier(random_state=0).fit(FLAT, LABELS).tree_
    bad = crafted(tree, feature=99)
    hidden = np.array([None, {"deep": (partial(print, bad),)}], dtype=object)
    with pytest.raises(ModelError, match="asks for a feature that there is not"):
        check_trees(hidden, "it")


def test_a_tree_of_another_width_than_its_estimator_is_refused(tmp_path):
    forest = RandomForestClassifier(2, random_state=0).fit(FLAT, LABELS)
    for part in (forest, *forest.estimators_):
        part.n_features_in_ = 2
    with pytest.raises(ModelError, match="do not take the same features"):
        from_sklearn(kept(forest, tmp_path)).load()


def test_an_estimator_that_does_not_say_its_width_is_refused(tmp_path):
    forest = RandomForestClassifier(2, random_state=0).fit(FLAT, LABELS)
    del forest.estimators_[0].n_features_in_
    with pytest.raises(ModelError, match="do not take the same features"):
        from_sklearn(kept(forest, tmp_path)).load()


def test_trees_behind_a_change_of_features_are_refused(tmp_path):
    pipe = make_pipeline(PCA(3), DecisionTreeClassifier(random_state=0)).fit(FLAT, LABELS)
    with pytest.raises(ModelError, match="do not take the same features"):
        from_sklearn(kept(pipe, tmp_path)).load()


def test_types_that_are_not_trusted_are_named(tmp_path):
    pipe = make_pipeline(FunctionTransformer(np.savetxt), LogisticRegression())
    with pytest.raises(ModelError, match=r"types that are not trusted: .*savetxt.*factory"):
        read_skops(kept(pipe, tmp_path))


@pytest.mark.parametrize("name", ["model.pkl", "model.pickle", "model.joblib"])
def test_a_pickle_is_refused_unread_with_the_way_out(name, tmp_path):
    with pytest.raises(ModelError, match="is a pickle, which can run any code") as caught:
        from_sklearn(tmp_path / name)
    assert f"skops.io.dump(joblib.load('{tmp_path / name}')" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_no_skops_file_is_refused(tmp_path):
    with pytest.raises(ModelError, match=r"model.onnx is no .skops file"):
        from_sklearn(tmp_path / "model.onnx")
    with pytest.raises(ModelError, match=r"cannot read .*gone\.skops: No such file"):
        from_sklearn(tmp_path / "gone.skops")


def test_a_damaged_file_is_one_line(tmp_path):
    text, empty = tmp_path / "text.skops", tmp_path / "empty.skops"
    text.write_text("not a zip file")
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("schema.json", "{}")
    for path in (text, empty):
        with pytest.raises(ModelError, match=r"cannot be read as a \.skops file") as caught:
            from_sklearn(path).load()
        assert "\n" not in str(caught.value)
        assert caught.value.__cause__ is not None


def test_something_else_than_a_classifier_is_refused(tmp_path):
    with pytest.raises(ModelError, match="is a PCA, not a fitted classifier"):
        from_sklearn(kept(PCA(2).fit(FLAT), tmp_path)).load()
