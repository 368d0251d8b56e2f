"""Archives as packages have them, honest and not, and the cards of packs that ask for files of them."""

import hashlib
import io
import shutil
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import msgspec

from engine.packs.pack import PackCard
from tests.conftest import ROOT

FILES = {"box/data/words.txt": "纸上得来终觉浅\n".encode() * 400, "box/LICENSE": b"Do as you like.\n"}
TRAP = b"raise SystemExit('this was executed')\n"


def tar(files: dict[str, bytes] = FILES, *extra: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """A source archive, set-up script and all."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as file:
        for name, content in {"box/setup.py": TRAP, **files}.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
        for info, content in extra:
            file.addfile(info, io.BytesIO(content))
    return out.getvalue()


def zipped(files: dict[str, bytes] = FILES, **modes: int) -> bytes:
    """A wheel. `modes` by the last part of a name, as Unix has them."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in {"box/__init__.py": TRAP, **files}.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = modes.get(name.rpartition("/")[2].partition(".")[0], 0o100644) << 16
            file.writestr(info, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def card_of(archive: bytes, name: str = "box-1.0.tar.gz", files: dict[str, bytes] = FILES, **changes: Any) -> PackCard:
    """A pack of all these files."""
    fields = {
        "name": "words",
        "title": "Words",
        "summary": "A few words.",
        "licence": "None",
        "source": "a test",
        "package": "box",
        "archive": name,
        "archive_size": len(archive),
        "sha256": hashlib.sha256(archive).hexdigest(),
        "files": {
            member.rpartition("/")[2]: {
                "member": member,
                "size": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
            }
            for member, content in files.items()
        },
    }
    return msgspec.convert({**fields, **changes}, PackCard)


def project_with(card: PackCard, place: Path) -> Path:
    """A copy of what the terminal needs of the project, with one more pack: one new file."""
    shutil.copytree(ROOT / "engine", place / "engine", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "main.py", place)
    (place / "engine/packs/words.py").write_text(f'"""Words."""\n\nCARD = {msgspec.to_builtins(card)!r}\n')
    return place
