"""Which published equations does Counterpart know? One module each; the catalogue collects them."""
