"""The services under test: `seinhuis sandbox` as a process, ended by the ids it told.

Must not know: what is sent through it.
"""

import os
import queue
import re
import signal
import subprocess
import threading
import time

from ground import ROOT, Failed, check

PATIENCE = 30


class Sandbox:
    """A chain in a new folder, with both services running."""

    def __init__(self, binary, folder):
        self.folder = folder
        self._process = subprocess.Popen(
            [str(binary), "sandbox", str(folder), "--rules", str(ROOT / "config"),
             # A run does not wait a quarter of an hour for an answer.
             "--question-minutes", "0"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        self._ids = []
        try:
            self._wait_until_ready()
        except BaseException:
            self.end()
            raise

    def _wait_until_ready(self):
        lines = queue.Queue()

        def read():
            for line in self._process.stdout:
                lines.put(line.rstrip())
            lines.put(None)

        threading.Thread(target=read, daemon=True).start()
        told, deadline = [], time.monotonic() + PATIENCE
        while True:
            try:
                line = lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise Failed(f"the sandbox was not ready after {PATIENCE} s: {told}") from None
            if line is None:
                raise Failed(f"the sandbox ended: {told}")
            if line == "ready":
                break
            told.append(line)
            self._ids += [int(found) for found in re.findall(r"\(process (\d+)\)", line)]
        check(len(self._ids) == 2, f"the sandbox told no two processes: {told}")

    def partner(self, name):
        """The configuration file of a partner."""
        return self.folder / "partners" / name / "partner.toml"

    def logs(self):
        """The last lines of both services, for a look when something failed."""
        out = []
        for role in ("hub", "pseudonymiser"):
            log = self.folder / role / "service.log"
            if log.exists():
                out += [f"{role}: {line}" for line in log.read_text().splitlines()[-8:]]
        return out

    def end(self):
        """Ends the sandbox, and each of its services that outlives it, by process id."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for process in self._ids:
            if _is_service(process):
                os.kill(process, signal.SIGKILL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


def _is_service(process):
    """Whether the id still is a service: an id that was given out again is not ours to end."""
    try:
        with open(f"/proc/{process}/cmdline", "rb") as file:
            arguments = file.read().split(b"\0")
    except OSError:
        return False
    return arguments[1:3] == [b"serve", b"--role"]
