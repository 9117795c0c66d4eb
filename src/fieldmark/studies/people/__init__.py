"""Like a person? People among the subjects."""
