"""One share at a time: an accuracy and its interval, plain, grouped, averaged, shrunken."""
