"""Starting a process that waits until it is told to become the command.

Owns the fork and the gate. The launcher is /bin/sh, which reads one line from the pipe that later
is the command's stdin, and then replaces itself by the command: same pid, same session, arguments
never parsed. When we die first, it reads the end of the file and exits without having run anything.
No `preexec_fn`: we have threads.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from typing import IO, cast

from autom8.scheduler.ports import CannotStart, ProcessIdentity
from autom8.scheduler.runners.census import find_process
from autom8.scheduler.runners.machine import boot_id
from autom8.scheduler.runners.prepare import Prepared

_SHELL = "/bin/sh"
# The limit on file locks is -w in dash and busybox, -x in bash; where none can be set, the environment
# alone carries the mark. `read` takes its line byte by byte from a pipe (POSIX): what follows it is
# left to the command.
_MARK = 'ulimit -w "$1" 2>/dev/null || ulimit -x "$1" 2>/dev/null; shift; '
_LAUNCHER = 'read -r AUTOM8_GATE && exec "$@"'
_WITHOUT_STDIN = " </dev/null"


class Gated:
    """A process at its gate, with our ends of its pipes; `reap` must be called once it has ended."""

    def __init__(self, prepared: Prepared, *, stdin: bytes | None) -> None:
        """Start it.

        Raises:
            CannotStart: the system refused; nothing is left behind.
        """
        self._popen = _spawn(prepared, with_stdin=stdin is not None)
        self._stdin_data = stdin
        self._lock = threading.Lock()
        self._opened = False
        process = find_process(self.pid)  # it can't be gone: not before it is reaped
        if process is None:
            self.abandon()
            raise CannotStart("/proc shows no process: it must be mounted to start commands")
        self.identity = ProcessIdentity(pid=self.pid, started_ticks=process.started_ticks, boot_id=boot_id())
        self.stdin, self.stdout, self.stderr = (
            cast("IO[bytes]", pipe) for pipe in (self._popen.stdin, self._popen.stdout, self._popen.stderr)
        )

    @property
    def pid(self) -> int:
        """Its pid, which stays its own until `reap`."""
        return self._popen.pid

    @property
    def opened(self) -> bool:
        """Whether the command may have begun."""
        return self._opened

    def open(self) -> bool:
        """Let the command begin; False when the gate was open or shut for ever already."""
        with self._lock:
            if self._opened or self.stdin.closed:
                return False
            self._opened = True
            with contextlib.suppress(BrokenPipeError):  # killed at its gate: its end will be noticed
                os.write(self.stdin.fileno(), b"\n")  # the pipe is empty: this never blocks
            if self._stdin_data is None:
                self.stdin.close()
            return True

    def shut(self) -> None:
        """Close the pipe to it; a command that has not begun never will."""
        with self._lock:
            self.stdin.close()

    def reap(self) -> tuple[int, float, int]:
        """Take its exit status (as of `os.waitstatus_to_exitcode`), CPU seconds and ru_maxrss in bytes.

        Blocks unless it has ended. The CPU time includes descendants that were waited for.
        """
        _, status, usage = os.wait4(self.pid, 0)
        self._popen.returncode = os.waitstatus_to_exitcode(status)
        return self._popen.returncode, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024

    def leave(self) -> None:
        """Shut the pipe, and nobody will ever reap it."""
        self.shut()
        self._popen.returncode = 0  # else it would be warned of, and waited for, at some later fork

    def abandon(self) -> None:
        """End it at its gate and leave nothing behind; blocks for a moment."""
        with self._popen:
            self._popen.kill()


def _spawn(prepared: Prepared, *, with_stdin: bool) -> subprocess.Popen[bytes]:
    user = prepared.account
    # A name that begins with a dash would be read as an option of `exec`.
    name = prepared.program if prepared.argv[0].startswith("-") else prepared.argv[0]
    script = _MARK + _LAUNCHER + ("" if with_stdin else _WITHOUT_STDIN)
    # Threads of a server may block signals, and a child inherits that: TERM must reach the command.
    blocked = signal.pthread_sigmask(signal.SIG_SETMASK, ())
    try:
        return subprocess.Popen(
            [_SHELL, "-c", script, "autom8", str(prepared.mark.limit()), name, *prepared.argv[1:]],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=prepared.cwd,
            env=dict(prepared.env),
            start_new_session=True,
            user=user.uid if user.switched else None,
            group=user.gid if user.switched else None,
            extra_groups=user.groups if user.switched else None,
        )
    except OSError as error:
        raise CannotStart(f"the system can't start it: {error.strerror}") from error
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
