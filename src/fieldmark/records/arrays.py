"""Array types: shape, dtype and range are in the type, and checked while the tests run."""

import numpy as np
from jaxtyping import Bool, Float, Float32, Int64, UInt8, UInt64

Pixels = UInt8[np.ndarray, "n h w c"]
"""Grey levels 0..255, channels last; c is 1 or 3."""

FloatImages = Float32[np.ndarray, "n h w c"]
"""The same in [0, 1]."""

Images = UInt8[np.ndarray, "n h w c"] | Float32[np.ndarray, "n h w c"]
"""What a classifier accepts: grey levels, or floats in [0, 1]."""

Logits = Float32[np.ndarray, "n k"]
"""Class scores before softmax."""

LabelSets = Int64[np.ndarray, "n m"]
"""Class indices, one row per example, padded with -1: a row of -1 is an unlabelled example."""

Labels = Int64[np.ndarray, " n"]
"""One class index per example; -1 means not labelled."""

Rows = Int64[np.ndarray, " n"]
"""Positions of examples in their set."""

Seeds = UInt64[np.ndarray, " n"]
"""One seed per example."""

Correct = Bool[np.ndarray, "s n"]
"""Was subject s right on example n?"""

Vector = Float[np.ndarray, " n"]
"""Plain numbers."""
