"""What can go wrong with knowledge.

    KnowledgeError              what happened, what was expected, what to do
    ├── DocumentError           a file cannot be taken
    ├── EmbedderError           text cannot be turned into vectors
    ├── StoreError              the manifest or the vectors cannot be read or written
    └── UnknownPolicySet        policies are asked for of a set that there is not
"""


class KnowledgeError(Exception):
    """Base of all: ``str(error)`` is fit for the user's eyes."""


class DocumentError(KnowledgeError):
    """One file cannot be taken; the message names the file and the reason."""


class EmbedderError(KnowledgeError):
    """Text cannot be turned into vectors: files missing or changed, or the service fails."""


class StoreError(KnowledgeError):
    """The manifest or the vectors cannot be read or written."""


class UnknownPolicySet(KnowledgeError):
    """There is no such policy set; the message names those there are."""
