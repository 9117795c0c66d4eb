"""Many subjects on the same examples: who errs alike, who ranks where, what tells them apart."""
