"""Tests of a plugin run with the plugin."""

from pathlib import Path

from tests.plugins import switched_on

HERE, ON = Path(__file__).parent, switched_on.names()
collect_ignore = [folder.name for folder in HERE.iterdir() if folder.is_dir() and folder.name not in ON]
