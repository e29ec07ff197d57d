"""The page: a head with the model's state, and a tab for each screen."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from assistant.services import Services
from ui import head, progress
from ui.gate import Gate
from ui.health import Metrics
from ui.labels import LabelScreen
from ui.library import LibraryScreen
from ui.practice import PracticeScreen
from ui.reply import ReplyScreen
from ui.scenarios import ScenarioScreen

CSS = "".join(path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("*.css")))
SOON, SLOWLY = 1.0, 15.0
"""Seconds between two looks at the model: while it is on its way, and when it is there."""
HOUR = 3600
"""Seconds that copies of uploaded and saved files are kept on disk, and between two looks for older ones."""
FONTS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]


def theme() -> Any:
    """The look: quiet, system fonts, nothing fetched from elsewhere."""
    base = gr.themes.Soft(
        primary_hue="teal",
        secondary_hue="teal",
        neutral_hue="stone",
        font=FONTS,
        font_mono=["ui-monospace", "monospace"],
    )
    return base.set(
        button_primary_background_fill="#1f6f63",
        button_primary_background_fill_hover="#185a50",
        button_primary_background_fill_dark="#1f6f63",
        button_primary_background_fill_hover_dark="#185a50",
        input_border_color="#8a858066",
        input_border_color_dark="#8a858066",
        input_border_width="1px",
        body_text_color_subdued="#6b6560",
        body_text_color_subdued_dark="#b5afa9",
        input_placeholder_color="#6b6560",
        input_placeholder_color_dark="#b5afa9",
        checkbox_border_color="#8a8580",
        checkbox_border_color_dark="#8a8580",
        checkbox_label_border_color="#8a858044",
        checkbox_label_border_color_dark="#8a858044",
        checkbox_label_border_width="1px",
        button_secondary_border_color="#8a858066",
        button_secondary_border_color_dark="#8a858066",
        button_secondary_background_fill_hover_dark="*neutral_500",
        button_border_width="1px",
        button_primary_text_color="#ffffff",
        button_primary_text_color_dark="#ffffff",
        block_label_background_fill="transparent",
        block_label_background_fill_dark="transparent",
        block_label_text_color="*body_text_color",
        block_label_text_color_dark="*body_text_color",
        block_title_background_fill="transparent",
        block_title_background_fill_dark="transparent",
        block_title_text_color="*body_text_color",
        block_title_text_color_dark="*body_text_color",
        checkbox_label_background_fill_selected="*block_background_fill",
        checkbox_label_background_fill_selected_dark="*block_background_fill",
        checkbox_label_text_color_selected="*body_text_color",
        checkbox_label_text_color_selected_dark="*body_text_color",
        checkbox_background_color_selected="#1f6f63",
        checkbox_background_color_selected_dark="#2f8f80",
    )


def build(services: Services, gate: Gate, metrics: Metrics) -> Any:
    """The whole page.

    Args:
        gate: tells its screens who uses them.
        metrics: knows how the last call to the model went.
    """
    with gr.Blocks(title="Even Keel", analytics_enabled=False, delete_cache=(HOUR, HOUR)) as page:

        def status() -> tuple[str, gr.Timer]:
            local, library = services.local, services.library
            done = local is None or local.progress.stage in ("ready", "failed")
            shown = head.model_status(local, services.settings.openai_model, metrics.trouble)
            shown += head.library_status(library.syncing, library.failure)
            return shown, gr.Timer(SLOWLY if done and not library.syncing else SOON)

        def section(section_id: str) -> str:
            """A guide's section by its id, from the manifest: the search index takes seconds to open."""
            document = section_id.partition("#")[0]
            return next((s.text for s in services.library.sections(document) if s.id == section_id), "")

        with gr.Row(elem_id="head"):
            title = gr.HTML(head.head())
            banner = gr.HTML(status()[0], elem_id="model-status")
        gr.HTML(head.KEYS, elem_id="keys")
        timer = gr.Timer(SOON)
        with gr.Tab("Practice", id="practice"):
            screen = PracticeScreen(services.room, section, gate)
        with gr.Tab("Reply desk", id="reply") as reply_tab:
            desk = ReplyScreen(services.desk, services.library.policy_sets, gate)
        with gr.Tab("Library", id="library") as library_tab:
            shelf = LibraryScreen(services.library, services.settings.uploads, gate)
        shelf.refresh_on(library_tab.select)
        labels_folder = services.settings.labels
        with gr.Tab("Progress", id="progress") as progress_tab:
            refresh_progress, chosen = progress.build(services.room, services.desk.records.of, gate, labels_folder)
        refresh_progress(progress_tab.select)
        screen.reopen_on(chosen)
        with gr.Tab("Scenarios", id="scenarios", visible=False) as scenarios_tab:
            editor = ScenarioScreen(services.shelf, services.room, gate, services.library)
        editor.refresh_on(scenarios_tab.select)
        screen.restore_on(editor.practise_in(screen.practice))
        with gr.Tab("Labels", id="labels", visible=False) as labels_tab:
            labelling = LabelScreen(services.room, services.desk.records.of, labels_folder, gate)
        labelling.refresh_on(labels_tab.select)

        def look(event: Callable[..., Any]) -> None:
            event(status, None, [banner, timer], show_progress="hidden", api_visibility="private")

        look(timer.tick)
        screen.after_turn(look)
        desk.list_sets_on(timer.tick, waiting=True)
        desk.list_sets_on(reply_tab.select)  # a policy may have been added meanwhile
        desk.list_sets_on(page.load)
        reply_tab.select(services.desk.read_ahead, show_progress="hidden", api_visibility="private")
        screen.restore_on(page.load)

        def for_role(request: gr.Request) -> tuple[Any, ...]:
            user = gate.screen_user(request)
            agent, admin = bool(user and user.may("agent")), bool(user and user.may("admin"))
            signed = head.signed_in(user, bool(gate.header)) if gate.accounts.any or gate.header else ""
            for_admins = gr.Accordion(visible=admin), gr.Tab(visible=admin)
            return head.head(signed), gr.Tab(visible=agent), gr.Tab(visible=agent), *for_admins

        for_roles = [title, reply_tab, labels_tab, shelf.adding, scenarios_tab]
        page.load(for_role, None, for_roles, show_progress="hidden", api_visibility="private")
        look(page.load)
    return page
