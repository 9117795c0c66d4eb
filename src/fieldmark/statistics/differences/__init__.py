"""Two subjects: what differs, whether it can be told, and how many examples that takes."""
