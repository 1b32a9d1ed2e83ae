"""Errors that are meant for users; printed without a traceback."""

#: Exit codes of a command that ends with such an error.
WRONG_JOB, FAILED, AGAIN = 3, 4, 75


class TrainerError(Exception):
    """A failure that running the same command again would not fix."""

    exit_code = FAILED

    def __init__(self, code: str, message: str, hint: str | None = None):
        super().__init__(message)
        self.code = code
        self.hint = hint


class JobError(TrainerError):
    """The job file is invalid, so nothing was started."""

    exit_code = WRONG_JOB


class BusyError(TrainerError):
    """Another process is working on the job; the same command succeeds later."""

    exit_code = AGAIN


def missing(package: str, extra: str) -> TrainerError:
    return TrainerError(
        "E_PYTHON_PACKAGE",
        f"the package {package} is not installed",
        f"pip install 'coterie-trainer[{extra}]'",
    )
