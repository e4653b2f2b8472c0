"""How does a result look? Data in, picture out; no screen."""
