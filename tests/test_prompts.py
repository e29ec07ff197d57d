import pytest

import prompts


def test_rendering_names_what_is_missing_and_what_is_unknown() -> None:
    with pytest.raises(prompts.PromptError, match="missing: message; unknown: text"):
        prompts.render("draft-retell-message", text="x")


def test_customer_text_passes_untouched() -> None:
    text = 'Pay {me} $20 <b>now</b> & "stop"'
    assert text in prompts.render("draft-message", message=text, earlier="")


def test_an_unknown_prompt_lists_those_there_are() -> None:
    with pytest.raises(prompts.PromptError, match="screenplay"):
        prompts.render("nope")


def test_a_name_cannot_leave_the_folder() -> None:
    with pytest.raises(prompts.PromptError):
        prompts.render("../README")


@pytest.mark.parametrize("name", prompts.names())
def test_every_prompt_renders_and_has_a_digest(name: str) -> None:
    values = {variable: f"<{variable}>" for variable in prompts.variables(name)}
    rendered = prompts.render(name, **values)
    assert all(value in rendered for value in values.values())
    assert len(prompts.digest(name)) == 12
