"""What studies read and say: the board of a store, its accuracies, and words for numbers."""
