"""What setup.cfg cannot say: `templates/` and `config/` go inside the package, for `crm/paths.py`."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithTopFolders(build_py):
    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            for name in ("templates", "config"):
                self._pack(name)

    def _pack(self, name: str) -> None:
        target = Path(self.build_lib) / "crm" / f"_{name}"
        shutil.rmtree(target, ignore_errors=True)
        # An office's own production.toml holds secrets.
        left_out = shutil.ignore_patterns("production.toml", "__pycache__")
        shutil.copytree(name, target, ignore=left_out)


setup(cmdclass={"build_py": BuildWithTopFolders})
