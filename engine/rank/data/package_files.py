"""Data files that an installed package carries, found without importing it.

Importing `sklearn.datasets` costs each rank over a second and some hundred megabytes (it pulls in SciPy), reading a
file of it milliseconds.
"""

import importlib.util
from pathlib import Path


def package_file(package: str, *parts: str) -> Path:
    """The path of a file that lies in a package's folder.

    Raises:
        OSError: the package is not installed (FileNotFoundError).
    """
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError(f"the package {package}, which carries {parts[-1]}, is not installed")
    return Path(found.submodule_search_locations[0]).joinpath(*parts)
