"""What a rank is called wherever it is drawn."""

from PySide6.QtCore import QCoreApplication


def rank_name(number: int) -> str:
    """The name of a rank in the language of the window."""
    return QCoreApplication.translate("Rank", "rank {rank}").format(rank=number)
