# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks need beside the scanner."""
import pathlib
import subprocess
import sys


def fleet_beside(scanner):
    """The fleet of the same build, which is built when it is missing: `make` does without."""
    build = pathlib.Path(scanner).resolve().parent
    fleet = build / "bench" / "fleet"
    if not fleet.exists() and subprocess.run(["ninja", "-C", build, "--quiet", "bench/fleet"], stdout=sys.stderr).returncode:
        sys.exit(f"{fleet} is missing: name the program of a build folder, such as build/smtpscan")
    return fleet
