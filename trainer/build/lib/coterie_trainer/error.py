"""The one error that users are meant to see; printed without a traceback."""


class TrainerError(Exception):
    #: Of the command that ends with it: failed, and again would not help.
    exit_code = 4

    def __init__(self, code: str, message: str, hint: str | None = None):
        super().__init__(message)
        self.code = code
        self.hint = hint


def missing(package: str, extra: str) -> TrainerError:
    return TrainerError("E_PYTHON_PACKAGE", f"the package {package} is not installed", f"pip install 'coterie-trainer[{extra}]'")
