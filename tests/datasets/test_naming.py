"""Names of data sets can always stand in a condition's name."""

import re

from hypothesis import given
from hypothesis import strategies as st

from fieldmark.datasets.naming import printed_name


@given(st.text(st.characters(max_codepoint=0x2FF)))
def test_a_default_name_is_always_a_name_that_could_be_given(found):
    name = printed_name(None, found)
    assert printed_name(name, "") == name
    assert not re.search(r"[+@/\s]", name)
