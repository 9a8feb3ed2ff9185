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
        errors: further errors that end a command with their message and exit code 1; `StepError`s have their own codes.
        env_file: whether it reads the checkout's `.env`.
        options: further options of `typer.Typer`.
    """

    def __init__(
        self,
        description: str | None = None,
        *,
        errors: tuple[type[Exception], ...] = (),
        env_file: bool = True,
        **options: Any,
    ) -> None:
        self._errors = errors
        self._env_file = env_file
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
        if self._env_file:
            load_env_file()
        try:
            return super().__call__(*args, **kwargs)
        except StepError as error:
            _end(str(error), error.exit_code)
        except self._errors as error:
            _end(str(error), Exit.FAILED)
        except OSError as error:
            _end(f"{error.filename or 'the system'}: {error.strerror or error}", Exit.FAILED)


def _end(message: str, code: Exit) -> None:
    sys.stdout.flush()
    typer.secho("error: ", fg="red", bold=True, err=True, nl=False)  # in colour on a terminal alone
    typer.echo(message, err=True)
    sys.exit(code)
