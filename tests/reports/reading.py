"""What a drawn figure holds, read back from its specification and from its SVG."""

import json
from functools import cache
from xml.etree import ElementTree

import altair
from jsonschema import Draft7Validator

from fieldmark.records import Estimate
from fieldmark.reports import chart, figure_svg


def rows_of(spec):
    """Every row of data anywhere in a specification."""
    if isinstance(spec, list):
        return [row for part in spec for row in rows_of(part)]
    if not isinstance(spec, dict):
        return []
    if set(spec) == {"values"}:
        return list(spec["values"])
    return [row for part in spec.values() for row in rows_of(part)]


def texts_of(figure):
    """Every text that is printed."""
    drawn = ElementTree.fromstring(figure_svg(figure))
    return [element.text for element in drawn.iter() if element.text and element.text.strip()]


@cache
def _schema():
    return Draft7Validator(altair.load_schema())


def is_valid(figure):
    """Does the schema that Altair carries allow it?"""
    return _schema().is_valid(json.loads(json.dumps(chart(figure), allow_nan=False)))


def within(value, low, high, n=1000):
    return Estimate(value, low, high, n=n, method="Wilson 95 %")
