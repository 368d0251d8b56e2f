"""The panels. Each file here that defines a subclass of `gui.panels.base.Panel` is a panel of the window."""

import importlib
import pkgutil

from gui.panels.base import Panel

AREAS = ("left", "centre", "right", "bottom")


def discover() -> list[type[Panel]]:
    """All panel classes, by area and order."""
    found: list[type[Panel]] = []
    for module_info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{module_info.name}")
        found += [
            value
            for value in vars(module).values()
            if isinstance(value, type)
            and issubclass(value, Panel)
            and value is not Panel
            and value.__module__ == module.__name__
        ]
    return sorted(found, key=lambda panel: (AREAS.index(panel.area), panel.order))
