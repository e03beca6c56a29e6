"""Output formats: `tables` decides what is shown; every other module writes it in one format."""
