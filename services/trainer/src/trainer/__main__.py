"""`python -m trainer`, for where the console command isn't on the path."""

from trainer.cli import app

app(prog_name="trainer")
