"""The Python side of Coterie. One module a command: ``python -m coterie_trainer COMMAND --help``."""
