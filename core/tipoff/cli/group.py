"""The group of all commands. Each is imported only when it is run, so that ``tipoff --help`` is quick."""

from __future__ import annotations

from typing import Any, NamedTuple

import click

from tipoff import __version__
from tipoff.cli.output import examples
from tipoff.errors import PluginError, Skip, TipoffError


class Lazy(NamedTuple):
    """Where a command is, and its line in ``tipoff --help``."""

    path: str
    help: str


SECTIONS: dict[str, dict[str, Lazy]] = {
    "Start here": {
        "demo": Lazy("tipoff.cli.demo:demo", "Collect a league and predict: the whole way, in a real Airflow."),
        "up": Lazy("tipoff.cli.up:up", "Start Airflow with its UI on this machine."),
        "down": Lazy("tipoff.cli.down:down", "Stop the Airflow that `tipoff up` has started."),
    },
    "Set up": {
        "init": Lazy("tipoff.cli.setup:init", "Create the store, and set the clock of a league in its own time."),
        "clock": Lazy("tipoff.cli.setup:clock_group", "Show or move tipoff's present instant."),
        "doctor": Lazy("tipoff.cli.doctor:doctor", "Look whether everything works, and say how to mend what does not."),
        "plugin": Lazy("tipoff.cli.plugin:plugin", "Start a plugin of your own: a package that works, with its tests."),
        "plugins": Lazy("tipoff.cli.plugins:plugins", "List plugins, their states and what they bring."),
        "restore": Lazy("tipoff.cli.restore:restore", "Put the published copy in the place of a broken store."),
        "tables": Lazy("tipoff.cli.store:tables", "List the tables, or the columns of one with what they hold."),
    },
    "Step by step": {
        "collect": Lazy("tipoff.cli.steps:collect", "Collect datasets from their sources."),
        "coverage": Lazy("tipoff.cli.coverage:coverage", "Hold what is collected against the schedule."),
        "checks": Lazy("tipoff.cli.steps:checks", "Run the quality checks."),
        "drift": Lazy("tipoff.cli.drift:drift", "Show what has changed in the sources' answers and figures."),
        "quarantine": Lazy("tipoff.cli.quarantine:quarantine", "Look at records that were set aside; try them again."),
        "reparse": Lazy("tipoff.cli.quarantine:reparse", "Build the tables again from what has landed."),
        "features": Lazy("tipoff.cli.features:features", "Bring feature tables up to date; list, rebuild, explain."),
        "train": Lazy("tipoff.cli.forecasts:train", "Fit, evaluate and register models."),
        "predict": Lazy("tipoff.cli.forecasts:predict", "Predict the games ahead, and grade those that are over."),
        "report": Lazy("tipoff.cli.report:report", "Write the report: one page to open in a browser."),
    },
    "Judge": {
        "runs": Lazy("tipoff.cli.runs:runs", "Show what tasks took, how they ended, and which are slow."),
        "models": Lazy("tipoff.cli.models:models", "Show versions; promote one, roll back, or search parameters."),
        "ledger": Lazy("tipoff.cli.models:ledger", "Verify the ledger of published predictions, or see accuracy."),
        "backtest": Lazy("tipoff.cli.backtest:backtest", "Predict past seasons as they would have been, and score."),
    },
}
"""tipoff's own commands in the order of ``tipoff --help``. All names stand in `plugins.validation.CORE_COMMANDS`."""

COMMANDS: dict[str, Lazy] = {name: lazy for section in SECTIONS.values() for name, lazy in section.items()}


class Group(click.Group):
    """Imports commands on demand, adds those of plugins, and turns tipoff's errors into one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of tipoff's commands and then of the plugins'."""
        return [*COMMANDS, *self.of_plugins()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports one command.

        Raises:
            PluginError: a plugin's command cannot be imported or is none.
        """
        from tipoff.plugins import resolve

        path = COMMANDS[cmd_name].path if cmd_name in COMMANDS else self.of_plugins().get(cmd_name)
        if path is None:
            return None
        command = resolve(path)
        if not isinstance(command, click.Command):
            raise PluginError(f"`tipoff {cmd_name}`: `{path}` is not a click command; see `tipoff plugins`")
        return command

    def of_plugins(self) -> dict[str, str]:
        """Dotted paths of the plugins' commands by name."""
        from tipoff.plugins import command_name, load

        return {command_name(path): path for path in load().commands}

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing any."""
        sections = {title: {name: lazy.help for name, lazy in each.items()} for title, each in SECTIONS.items()}
        trouble = ""
        try:
            sections["From plugins"] = {name: f"see `tipoff {name} --help`" for name in self.of_plugins()}
        except TipoffError as error:
            trouble = str(error)
        width = max(len(name) for each in sections.values() for name in each)
        for title, each in sections.items():
            if each:
                with formatter.section(title):
                    formatter.write_dl([(name.ljust(width), line) for name, line in each.items()])
        if trouble:
            with formatter.section("Trouble with plugins"):
                formatter.write_text(trouble)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds the command, or says what could have been meant.

        Raises:
            click.UsageError: there is no such command.
        """
        from tipoff.contracts.judging import nearest

        name = args[0] if args else ""
        if name and not name.startswith("-") and self.get_command(ctx, name) is None:
            hint = nearest(name, self.list_commands(ctx))
            ctx.fail(f"there is no command `{name}`{hint}. A plugin's command is missing while the plugin is broken: "
                     "see `tipoff plugins`.")  # fmt: skip
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command; an error of tipoff's becomes one line and exit code 1, a skip one line and 0.

        Raises:
            click.ClickException: tipoff's error, or what is wrong with a file, shortened; the error itself with
                ``--debug``.
        """
        try:
            return super().invoke(ctx)
        except Skip as reason:
            click.echo(f"Nothing to do: {reason}")
            return None
        except TipoffError as error:
            if ctx.params.get("debug"):
                raise
            raise click.ClickException(str(error)) from error
        except OSError as error:
            if ctx.params.get("debug"):
                raise
            said = f"`{error.filename}`: {error.strerror}" if error.filename else str(error) or type(error).__name__
            raise click.ClickException(f"{said}; see `tipoff doctor`") from error


_FROM_NOTHING = """
    tipoff init
    tipoff collect && tipoff features && tipoff train && tipoff predict
    tipoff report --open
"""


@click.group(
    cls=Group,
    epilog=examples(_FROM_NOTHING),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="tipoff")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def cli(debug: bool) -> None:
    """Forecasts of games before tip-off.

    Everything is set by TIPOFF_* environment variables; TIPOFF_HOME (~/.tipoff) holds the data.
    """
