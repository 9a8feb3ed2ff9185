"""A console command by typer: it reads the checkout's `.env`, and its errors become exit codes here and nowhere else.

    app = CommandLine("Collects labelled images from a source into the store.")

    @app.command()
    def run(...) -> None: ...

With `[project.scripts]` naming `app` itself. A pipeline's step ends by `contracts.steps.run_step` as before.
"""

import sys
from typing import Any

import typer

from contracts.steps import Exit, StepError
from runtime.env_file import load_env_file


class CommandLine(typer.Typer):
    """The app of one command.

    Args:
        description: what `--help` says first.
        options: further options of `typer.Typer`.
    """

    def __init__(self, description: str | None = None, **options: Any) -> None:
        super().__init__(
            **{
                "help": description,
                "no_args_is_help": True,
                "add_completion": False,
                "pretty_exceptions_enable": False,
                **options,
            }
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run what the arguments say, and end the process."""
        load_env_file()
        try:
            return super().__call__(*args, **kwargs)
        except StepError as error:
            _end(str(error), error.exit_code)
        except OSError as error:
            _end(f"{error.filename or 'the system'}: {error.strerror or error}", Exit.FAILED)


def _end(message: str, code: Exit) -> None:
    sys.stdout.flush()
    print(f"error: {message}", file=sys.stderr, flush=True)
    sys.exit(code)
