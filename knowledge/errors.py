"""What can go wrong with knowledge."""


class KnowledgeError(Exception):
    """Base of all: ``str(error)`` is fit for the user's eyes."""


class DocumentError(KnowledgeError):
    """One file cannot be taken; the message names the file and the reason."""


class EmbedderError(KnowledgeError):
    """Text cannot be turned into vectors: files missing or changed, or the service fails."""


class StoreError(KnowledgeError):
    """The manifest or the vectors cannot be read or written."""
