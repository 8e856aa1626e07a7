"""Every error a caller can meet: what came, what was wanted, what to do."""

from __future__ import annotations


class VacsrError(ValueError):
    """Base of all errors that the core raises for a caller's input."""


class ShapeError(VacsrError):
    """An array has the wrong shape, or values that are not finite."""


class NotFittedError(VacsrError):
    """A fitted stage was asked for, and only an unfitted one is there."""


class DataError(VacsrError):
    """A data set or a saved file cannot be read as what it claims to be."""


class UploadError(VacsrError):
    """One uploaded file is refused; the message says why and what to do."""


class BackboneError(VacsrError):
    """A backbone's weights cannot be had; the message names where they were looked for."""


class CancelledError(VacsrError):
    """Work was stopped on request; what was finished before is kept."""
