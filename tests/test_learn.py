import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_learning_ends_with_the_app_that_began_it(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    command = [sys.executable, "-m", "assistant.roleplay.learn", str(tmp_path), str(gone.pid)]
    learner = subprocess.run(command, cwd=ROOT, env=os.environ, timeout=60)
    assert learner.returncode == 1 and not list(tmp_path.iterdir()), "it left at once, with nothing half learned"
