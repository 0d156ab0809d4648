"""Rows of tests that share their files: each is run once, whole, and a failure is not lost."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT
from tests.sharing import FOLDER

FILES, EACH = 6, 3


def test_two_runs_share_all_tests_and_run_none_twice(tmp_path: Path) -> None:
    (tmp_path / "claims").mkdir()
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    for number in range(FILES):
        body = "import os, time\n" + "".join(
            f"def test_{each}():\n    time.sleep(0.02)\n    print(f'ran {number} {each} by {{os.getpid()}}')\n"
            for each in range(EACH)
        )
        (tmp_path / f"test_{number}.py").write_text(body + ("    assert False\n" if number == 4 else ""))
    command = [sys.executable, "-m", "pytest", "-s", "--tb=no", "-p", "tests.sharing", "-p", "no:cacheprovider"]
    command += ["-c", str(tmp_path / "pytest.ini"), str(tmp_path)]
    environment = os.environ | {FOLDER: str(tmp_path / "claims")}
    runs = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]  # fmt: skip
    said = [run.communicate()[0] for run in runs]
    ran = sorted(line.split("ran ")[1] for each in said for line in each.splitlines() if "ran " in line)
    assert [line.split(" by ")[0] for line in ran] == [f"{a} {b}" for a in range(FILES) for b in range(EACH)]
    whole = {(line[0], line.split(" by ")[1]) for line in ran}
    assert len(whole) == FILES, "a file's tests stay in one run"
    assert sorted(run.returncode for run in runs) == [0, 1]
