"""The one exception for what a user asked and cannot have: a sentence with the request, the numbers and the remedy."""


class RequestError(ValueError):
    """What was asked cannot be done. `str(error)` is a whole sentence that can be shown as it is."""
