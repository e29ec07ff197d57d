"""Knowledge: guides and policies, kept in step with their files and found when needed."""

from knowledge.embed import Embedder, LangChainEmbedder, MiniLM
from knowledge.errors import DocumentError, EmbedderError, KnowledgeError, ShippedError, StoreError, UnknownPolicySet
from knowledge.library import BUILTIN, Library, SyncReport
from knowledge.load import Meta
from knowledge.query import read_query
from knowledge.retrieve import Passage
from knowledge.sections import Section
from knowledge.seed import by_heart

__all__ = [
    "BUILTIN",
    "DocumentError",
    "Embedder",
    "EmbedderError",
    "KnowledgeError",
    "LangChainEmbedder",
    "Library",
    "Meta",
    "MiniLM",
    "Passage",
    "Section",
    "ShippedError",
    "StoreError",
    "SyncReport",
    "UnknownPolicySet",
    "by_heart",
    "read_query",
]
