"""What can go wrong with knowledge.

    KnowledgeError              what happened, what was expected, what to do
    ├── DocumentError           a file cannot be taken
    ├── EmbedderError           text cannot be turned into vectors
    ├── ShippedError            a file of the project's own is not what it must be
    ├── StoreError              the manifest or the vectors cannot be read or written
    └── UnknownPolicySet        policies are asked for of a set that there is not

None of them is one of ``assistant.errors``: knowledge imports nobody.
"""


class KnowledgeError(Exception):
    """Base of all: ``str(error)`` is fit for the user's eyes."""


class DocumentError(KnowledgeError):
    """One file cannot be taken; the message names the file and the reason."""


class EmbedderError(KnowledgeError):
    """Text cannot be turned into vectors: files missing or changed, or the service fails."""


class ShippedError(KnowledgeError):
    """One of the project's own files cannot be read or breaks its schema; names it, and the line or field."""


class StoreError(KnowledgeError):
    """The manifest or the vectors cannot be read or written."""


class UnknownPolicySet(KnowledgeError):
    """There is no such policy set; the message names those there are."""
