import pytest

from assistant.errors import InputError
from assistant.language import foreign, language
from assistant.reply.situation import Situation, read_situation
from assistant.reply.thread import read_thread
from assistant.roleplay.room import understood


def read(text: str) -> Situation:
    return read_situation(read_thread(text))


def labels(signs: tuple[object, ...]) -> list[str]:
    return [s.label for s in signs]  # type: ignore[attr-defined]


def test_every_sign_carries_the_customers_own_words() -> None:
    text = "I’m LIVID, this is the third time!! I want my money back today or my lawyer will write to you."
    card = read(text)
    for sign in (*card.wants, *card.feels, *card.urgent, *card.risks):
        assert sign.words in text.replace("’", "'")
    assert "a refund" in labels(card.wants) and "anger" in labels(card.feels)
    assert (card.urgency, labels(card.risks), card.grave) == ("now", ["legal threat"], True)


@pytest.mark.parametrize(
    ("text", "risk"),
    [
        ("I will see you in court.", "legal threat"),
        ("The toaster gave off sparks.", "safety"),
        ("My mother is 84 and alone in the flat.", "vulnerable person"),
        ("There is no point in going on.", "self-harm"),
        ("I'm taking my business somewhere that cares.", "leaving"),
        ("This goes on Trustpilot tonight.", "press or public"),
        ("I know where you park, you'll regret this.", "threat or abuse"),
        ("He laughed at my accent.", "discrimination"),
    ],
)
def test_risks_are_seen(text: str, risk: str) -> None:
    assert risk in labels(read(text).risks)


@pytest.mark.parametrize("text", ["Where is my parcel?", "The trainer came late again.", "It is too small."])
def test_an_ordinary_complaint_has_no_risk(text: str) -> None:
    card = read(text)
    assert card.risks == () and not card.grave and card.urgency == "ordinary"


def test_what_staff_promised_is_told_in_whole_sentences() -> None:
    card = read(
        "Customer: Where is it?\nAgent: Hello. We will refund you on Friday.\n"
        "Customer: It is Monday. Your colleague promised me a call as well."
    )
    assert [(s.label, s.words) for s in card.promised] == [
        ("by staff", "We will refund you on Friday."),
        ("told by the customer", "Your colleague promised me a call as well."),
    ]
    assert card.messages == 3


def test_what_an_agent_would_have_to_ask_for_is_missing_only_where_it_is_not_given() -> None:
    assert "order number" in read("My parcel never came.").missing
    assert "order number" not in read("My parcel, order 44812, never came.").missing
    assert read("You are useless.").missing == ()
    assert "booking reference" in read("My flight was cancelled.").missing
    assert "booking reference" not in read("My flight was cancelled, booking X4J2KP.").missing


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ich warte seit drei Wochen auf mein Paket und niemand antwortet mir.", "German"),
        ("Je n'ai pas reçu mon colis et vous ne répondez pas.", "French"),
        ("No he recibido mi paquete y nadie me contesta en la tienda.", "Spanish"),
        ("Ho perso la mia valigia e nessuno mi risponde.", "Italian"),
        ("أين حقيبتي؟", "Arabic"),
        ("我的包裹在哪里？", "Chinese"),
        ("Where is my parcel?", "English"),
        ("Parcel???", "English"),
        ("Nobody told me anything. Call me!", "English"),
        ("what do i do now, i can't get in", "English"),
        ("I do not know what I do wrong", "English"),
        ("WHY DO I PAY?? DO I GET NOTHING?", "English"),
        ("He said he would call. He lied!", "English"),
        ("£20 per person per day? No, no, no. Do come on.", "English"),
        ("Nie dostałem paczki i nikt do mnie nie dzwoni.", "Polish"),
        ("Gdzie jest moja paczka i co mam robić?", "Polish"),
        ("No me contestan y no me dan mi dinero.", "Spanish"),
        ("Nadie me llama, ¿qué hago?", "Spanish"),
        ("A minha mala não chegou e ninguém me responde.", "Portuguese"),
        ("O atraso do voo foi de três horas.", "Portuguese"),
        ("Pago 20 euro per nulla e nessuno mi risponde.", "Italian"),
        ("Mijn pakket is er nog niet en niemand belt.", "Dutch"),
    ],
)
def test_the_language_is_told(text: str, name: str) -> None:
    assert language(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "I've stopped every e-mail; you'll get one last e-mail from me.",
        "Please e-mail support@gym.com.",
        "I'm sorry, Mr van de Graaf.",
        "Uh, er, I met Dana on Monday.",
        "Let me ask Les, Les can approve.",
        "I can offer a room at Las Palmas or El Dorado.",
    ],
)
def test_names_and_addresses_make_no_other_language(text: str) -> None:
    assert language(text) == "English" and foreign(text) == ""


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Je suis vraiment désolé, madame, nous avons perdu votre rendez-vous hier soir.", "French"),
        ("Mi dispiace molto, abbiamo perso la sua prenotazione.", "Italian"),
        ("Lo siento mucho, señora, perdimos su cita de ayer.", "Spanish"),
        ("Jag är mycket ledsen för det som hände.", "Swedish"),
        ("Çok özür dilerim, randevunuzu iki kez sattık.", "Turkish"),
    ],
)
def test_a_sentence_without_an_english_word_is_surely_foreign(text: str, spoken: str) -> None:
    assert foreign(text) == spoken
    with pytest.raises(InputError, match=f"looks like {spoken}"):
        understood(text)
