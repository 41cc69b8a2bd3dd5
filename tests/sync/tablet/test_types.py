"""The types that the client's comments state, held to by TypeScript's compiler."""

import json
import subprocess
from pathlib import Path

from sync.tablet import views
from tests.node import installed

TSC = Path(__file__).with_name("tsc")
STRICT = {
    "allowJs": True,
    "checkJs": True,
    "noEmit": True,
    "strict": True,
    "noUnusedLocals": True,
    "noUnusedParameters": True,
    "target": "es2023",
    "module": "esnext",
    "moduleResolution": "bundler",
    "lib": ["es2023", "dom", "dom.iterable"],
    "types": [],
    # The compiler's own libraries are not ours to check.
    "skipLibCheck": True,
}


def test_the_client_keeps_its_types(tmp_path: Path) -> None:
    folder = installed(TSC, tmp_path)
    project = {
        "compilerOptions": STRICT,
        "include": [f"{views.FOLDER}/**/*.js"],
        # A worker's globals are others than a page's.
        "exclude": [str(views.FOLDER / views.WORKER)],
    }
    (folder / "tsconfig.json").write_text(json.dumps(project))
    tsc = folder / "node_modules" / "typescript" / "bin" / "tsc"
    checked = subprocess.run(
        ["node", tsc, "-p", folder], capture_output=True, text=True, check=False
    )
    assert (checked.stdout, checked.returncode) == ("", 0)
