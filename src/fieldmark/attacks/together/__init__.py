"""Several attacks on what the ones before left standing."""
