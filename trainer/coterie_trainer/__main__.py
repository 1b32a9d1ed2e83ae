"""``python -m coterie_trainer COMMAND``: runs the module of the command, which imports its own libraries."""

import argparse
import importlib
import sys

from coterie_trainer.error import TrainerError

DESCRIPTION = "Trains CLIP models for Coterie, and makes encoders for it."

COMMANDS = {
    "distil": "Distil a sentence encoder into a static one: token vectors, no transformer.",
    "export": "Export a sentence encoder to ONNX, checked on padded batches before it is written.",
    "train": "Train a CLIP model with open_clip from a job file; run it again to resume.",
}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m coterie_trainer", description=DESCRIPTION)
    commands = parser.add_subparsers(dest="command", required=True)
    modules = {}
    for name, summary in COMMANDS.items():
        modules[name] = importlib.import_module(f"coterie_trainer.{name}")
        modules[name].add_arguments(commands.add_parser(name, help=summary, description=summary))
    arguments = parser.parse_args(argv)
    try:
        return modules[arguments.command].run(arguments) or 0
    except TrainerError as error:
        print(f"{error.code}  {error}", file=sys.stderr)
        if error.hint:
            print(f"  hint:     {error.hint}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"E_IO  {error}", file=sys.stderr)
        return 4


if __name__ == "__main__":
    sys.exit(main())
