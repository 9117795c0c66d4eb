"""Class spaces, and the policies by which scores of many classes become scores of a few."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fieldmark.records import ClassSpace, DataError, Policy, fingerprint

FINE = ClassSpace(tuple("abcdefg"))
GROUPS = (("b", "a"), ("g",), ("c", "d", "e"))
POLICIES = get_args(Policy)
SCORES = arrays(np.float32, (3, 7), elements=st.floats(-30, 30, width=32))


def coarse(policy: Policy = "restrict", members=GROUPS) -> ClassSpace:
    return ClassSpace(("one", "two", "three"), members=members, policy=policy)


def probabilities(scores: np.ndarray) -> np.ndarray:
    weights = np.exp(scores.astype(np.float64) - scores.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def of_members(scores: np.ndarray, reduce) -> np.ndarray:
    """Merging said plainly: probabilities over all seven classes, class by class."""
    shares = probabilities(scores)
    columns = [[FINE.index(name) for name in group] for group in GROUPS]
    merged = np.stack([reduce(shares[:, some], axis=1) for some in columns], axis=1)
    return merged / merged.sum(axis=1, keepdims=True)


class TestSpaces:
    def test_plain_spaces_keep_the_fingerprint_they_always_had(self):
        space = ClassSpace(("cat", "dog"))
        assert space.plain
        assert space.fingerprint == fingerprint(["cat", "dog"]) == "6845d17798b47925"

    def test_a_fingerprint_covers_members_and_policy_but_no_titles(self):
        prints = {coarse(policy).fingerprint for policy in POLICIES}
        prints |= {coarse(members=GROUPS[::-1]).fingerprint, ClassSpace(coarse().names).fingerprint}
        assert len(prints) == len(POLICIES) + 2
        spoken = ClassSpace(("cat", "dog"), titles=("Cat", "Dog"))
        assert spoken.fingerprint == ClassSpace(("cat", "dog")).fingerprint

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"titles": ("One",)}, "3 classes need as many titles, not 1"),
            ({"members": (("a",),)}, "3 classes need as many lists of members, not 1"),
            ({"members": (("a",), ("a",), ("b",))}, "a member of one other only, but .* twice: a"),
            ({"members": ((), (), ())}, "none of these classes has members"),
        ],
    )
    def test_a_space_that_cannot_be_is_refused(self, given, told):
        with pytest.raises(DataError, match=told):
            ClassSpace(("one", "two", "three"), **given)


class TestProjecting:
    @given(SCORES)
    def test_restricting_takes_columns_and_nothing_else(self, scores):
        onto = ClassSpace(("e", "a"))
        np.testing.assert_array_equal(FINE.project(scores, onto), scores[:, [4, 0]])
        assert FINE.project(scores, FINE) is scores

    @given(SCORES)
    def test_merging_is_what_it_says_of_probabilities(self, scores):
        for policy, reduce in (
            ("merge-mean", np.mean),
            ("merge-sum", np.sum),
            ("merge-max", np.max),
            ("restrict", np.max),
        ):
            found = probabilities(FINE.project(scores, coarse(policy)))
            np.testing.assert_allclose(found, of_members(scores, reduce), rtol=2e-5, atol=1e-12)

    def test_nothing_overflows_and_nothing_is_lost(self):
        scores = np.float32([[3e4, -3e4, 0, 1, 2, 0, -3e4]])
        found = FINE.project(scores, coarse("merge-sum"))
        np.testing.assert_allclose(found, [[3e4, -3e4, 2.4076059644443806]])

    @given(SCORES)
    def test_an_answer_is_mapped_after_it_is_chosen_among_all(self, scores):
        found = FINE.project(scores, coarse("map-answer"))
        assert found.shape == (3, 4)
        home = {name: place for place, group in enumerate(GROUPS) for name in group}
        best = scores.max(axis=1, keepdims=True)
        for row, mapped in zip(scores == best, found, strict=True):
            first = {home.get(name, 3) for name, one in zip(FINE.names, row, strict=True) if one}
            assert set(np.flatnonzero(mapped == mapped.max())) == first

    def test_where_every_class_is_a_member_no_answer_is_outside(self):
        onto = ClassSpace(("x", "y"), members=(tuple("abc"), tuple("defg")), policy="map-answer")
        assert FINE.project(np.eye(7, dtype=np.float32), onto).shape == (7, 2)

    @pytest.mark.parametrize("policy", POLICIES)
    def test_a_class_without_members_is_never_the_answer(self, policy):
        onto = coarse(policy, members=(("a",), (), ("c", "d", "e", "b", "f", "g")))
        found = FINE.project(10 * np.eye(7, dtype=np.float32), onto)
        assert (found[:, 1] == -np.inf).all()
        assert found.argmax(axis=1).tolist() == [0, 2, 2, 2, 2, 2, 2]

    def test_the_policies_differ(self):
        # Four members of middling probability, one outsider that is sure: five different answers.
        scores = np.log(np.float32([[0.16, 0.16, 0.07, 0.07, 0.07, 0.29, 0.18]]))
        best = {policy: int(FINE.project(scores, coarse(policy)).argmax()) for policy in POLICIES}
        assert best == {
            "restrict": 1,
            "merge-mean": 1,
            "merge-max": 1,
            "merge-sum": 0,
            "map-answer": 3,
        }

    def test_scores_of_no_picture_are_scores_of_none(self):
        none = np.zeros((0, 7), np.float32)
        assert FINE.project(none, coarse("merge-sum")).shape == (0, 3)

    def test_a_model_that_knows_the_coarse_classes_is_asked_as_it_is(self):
        scores = np.float32([[1, 2, 3]])
        assert ClassSpace(coarse().names).project(scores, coarse("merge-mean")) is scores

    def test_unknown_classes_are_named_with_what_to_do(self):
        with pytest.raises(DataError, match=r"that the model does not know: h\. The model"):
            FINE.project(np.zeros((1, 7), np.float32), coarse(members=(("h",), ("a",), ("b",))))
        counted = ClassSpace(("0", "1"))
        with pytest.raises(DataError, match=r"named by numbers .*\?classes=imagenet"):
            FINE.project(np.zeros((1, 7), np.float32), counted)
