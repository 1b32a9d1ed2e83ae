"""The Python side of Coterie. One module per command: ``python -m coterie_trainer COMMAND --help``."""

__version__ = "0.1.0"


def load_ensemble(folder):
    """Loads the experts in an ensemble folder as one model; see ``coterie_trainer.ensemble``."""
    from coterie_trainer.ensemble import load_ensemble as load

    return load(folder)
