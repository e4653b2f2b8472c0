"""Which commands are there, and where does each live?"""

import importlib

import click

COMMANDS = {
    "demo": "record_commands",
    "import": "record_commands",
    "score": "risk_commands",
    "equations": "risk_commands",
    "calibrate": "twin_commands",
    "forecast": "twin_commands",
    "backtest": "proof_commands",
    "compare": "plan_commands",
    "audit": "audit_commands",
    "bench": "proof_commands",
}


class _Lazy(click.Group):
    """A group that imports a command's module only when the command is used: ``score`` needs no DuckDB."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"twin.cli.{COMMANDS[cmd_name]}")
        return _with_examples(getattr(module, f"{cmd_name}_command"))


def _with_examples(command: click.Command) -> click.Command:
    """Let examples stand as written: their mark is two letters in the code, to click one control character."""
    command.help = (command.help or "").replace("\\b", "\b")
    for inner in getattr(command, "commands", {}).values():
        _with_examples(inner)
    return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name=None, version=importlib.import_module("twin").__version__, prog_name="twin")
def main() -> None:
    """Counterpart from the shell: the same functions the app uses.

    Exit status: 0 done, 1 the work found a problem it reports, 2 wrong use or unusable input.
    """
