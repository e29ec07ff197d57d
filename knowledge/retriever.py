"""The library as a LangChain retriever, for chains and agents built with it.

from knowledge.retriever import LibraryRetriever

retriever = LibraryRetriever(library=library, kind="policy", policy_set="gym")
retriever.invoke("they sold my slot twice")      # [Document(page_content=…, metadata={"id": …})]
"""

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from knowledge.library import Library
from knowledge.load import Kind


class LibraryRetriever(BaseRetriever):
    """Searches one pool; sections come back as documents with id, title, kind and score."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    library: Library
    kind: Kind = "guide"
    policy_set: str = ""
    count: int = 5

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        found = self.library.search(query, kind=self.kind, policy_set=self.policy_set, count=self.count)
        return [
            Document(
                page_content=p.section.text,
                metadata={"id": p.id, "title": p.section.breadcrumb, "kind": p.meta.kind, "score": p.score},
            )
            for p in found
        ]
