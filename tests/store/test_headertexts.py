"""Headers come back from their texts, whatever stands in them and whoever wrote them."""

import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.records import Framing
from fieldmark.store.headertexts import HeaderReader, HeaderWriter, canonical, times_text
from tests.store.making import examples, header

NASTY = [
    ',"condition":{}',
    ',"subject":',
    '","execution":{"a":"b"},"subject":{',
    '\\","condition":',
    "}",
    "ü\u2028",
]
SHOWN = examples(2)


@given(st.sampled_from(NASTY), st.sampled_from(NASTY), st.sampled_from(NASTY), st.text(max_size=9))
def test_any_header_comes_back(name, reason, key, text):
    settings = {key: {"condition": {"subject": [text, 1, 2.5, None]}, "execution": name}}
    head = header(SHOWN, name + "x", settings=settings, status="failed", reason=reason + text)
    head = head.model_copy(update={"code": {"condition": text, key: "1"}})
    reader = HeaderReader()
    for _ in range(2):
        found = reader.read(canonical(head), times_text(head.times))
        assert found == head
    other = head.model_copy(update={"reason": reason, "status": "not applicable"})
    assert reader.read(canonical(other), times_text(other.times)) == other


def test_headers_that_differ_in_their_framing_alone_stay_apart():
    """Models of one run share code and execution; each has a framing of its own."""
    plain = header(SHOWN)
    framed = [plain.model_copy(update={"framing": Framing(8, 8, shorter=one)}) for one in (9, 10)]
    writer, reader = HeaderWriter(), HeaderReader()
    for head in (plain, *framed, plain):
        assert reader.join(writer.texts(head), times_text(head.times)) == head


def test_another_order_and_other_spaces_are_read_as_well():
    head = header(SHOWN)
    plain = head.model_dump(mode="json", exclude={"times"})
    for text in (json.dumps(dict(reversed(plain.items()))), json.dumps(plain, indent=1)):
        assert HeaderReader().read(text, times_text(head.times)) == head


@pytest.mark.parametrize(
    "turned",
    [
        lambda text: text[:-1],
        lambda text: text[:-1] + "]",
        lambda text: text.replace('"status":"done"', '"status":"perhaps"'),
        lambda text: text.replace('"reason":', '"surprise":1,"reason":'),
        lambda text: text.replace(',"condition":', ',"condition":1,"condition":', 1)[:-2],
        lambda text: "null",
        lambda text: "",
    ],
)
def test_what_is_no_header_is_refused(turned):
    head = header(SHOWN)
    reader = HeaderReader()
    reader.read(canonical(head), times_text(head.times))
    with pytest.raises((ValueError, TypeError)):
        reader.read(turned(canonical(head)), times_text(head.times))
    with pytest.raises(ValueError, match="seconds"):
        reader.read(canonical(head), times_text(head.times).replace("seconds", "second"))


def test_what_is_written_for_the_index_comes_back():
    heads = [header(SHOWN, name, seconds=1 / 3) for name in "abc"]
    writer, reader = HeaderWriter(), HeaderReader()
    texts = [writer.texts(head) for head in heads]
    found = [reader.join(text, times_text(h.times)) for text, h in zip(texts, heads, strict=True)]
    assert found == heads
    assert len({text.condition for text in texts}) == 1


def test_headers_read_together_are_whole_headers():
    heads = [header(SHOWN, name, seconds=1 / 3) for name in "abc"]
    writer = HeaderWriter()
    texts, times = [writer.texts(head) for head in heads], [times_text(one.times) for one in heads]
    found = HeaderReader().join_all(texts, times)
    assert found == heads
    for one, head in zip(found, heads, strict=True):
        assert one.model_dump() == head.model_dump()
        assert pickle.loads(pickle.dumps(one)) == head
        assert one.model_copy(update={"reason": "late"}).reason == "late"
    with pytest.raises(ValueError, match="shorter"):
        HeaderReader().join_all(texts, times[:2])
