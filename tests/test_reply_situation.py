import time

import pytest

from assistant.errors import InputError
from assistant.language import foreign, language
from assistant.reply.situation import Situation, read_situation, shows
from assistant.reply.thread import read_thread
from assistant.reply.wording import despair
from assistant.roleplay.room import understood

DESPAIR = [
    "honestly everyone would be better off if i wasnt here. just take the gym thing off my back",
    "I want to die.",
    "I wish I was dead.",
    "I have been thinking about taking my own life",
    "I don't want to be alive any more",
    "I might as well be dead",
    "I took an overdose last week",
    "I've been cutting myself",
    "i dont want to live anymore",
    "i just wanna die",
    "I’m going to kill myself",
    "im gonna end my life",
    "whats the point in living",
    "There's no point going on.",
    "nobody would care if i was gone",
    "you'd all be better off without me",
    "I feel suicidal",
    "I self harm when letters like this come",
    "I swallowed a whole packet of tablets",
    "I keep thinking about jumping off the bridge",
    "I've got nothing to live for",
    "I'm tired of living",
    "I cant go on",
    "I can't carry on any more",
    "my life is not worth living",
    "I wish I'd never been born",
    "I hope I don't wake up tomorrow",
    "I want it all to end",
    "I want to hurt myself",
    "there is no reason to live",
    "I can't face another day",
    "I wish I wasn't alive",
    "thinking of ending it all",
    "I'd rather be dead",
    "My family would be better off with me dead",
    "I can't go on like this, it is too much",
    "i dont see any point in carrying on",
    "Everyone would be better off if I were dead",
    "they'd be better off if i died",
    "no one would even notice if I wasn't here",
    "i want\nto die",
    "I have no reason left to live",
    "I will end it tonight.",
    "I've had thoughts of hurting myself",
    "I don't want to carry on",
    "I can't take living like this anymore",
    "It'd be easier for everyone if I was dead",
    "im gonna kms over this",
    "I'm starving myself, I see no way out",
]
CLOSE_TO_THEM = [
    "My husband tried to kill himself after your letter.",
    "My daughter hanged herself because of this debt.",
    "My son wants to hurt himself because of your letters",
    "My brother took his own life over this.",
    "My wife says she wants to die.",
]
NO_DESPAIR = [
    "I'm dying to know where it is",
    "this queue is killing me",
    "The battery is dead again",
    "I'm cutting my losses and want a refund",
    "I cut myself on the broken glass",
    "I hurt myself on your treadmill",
    "I nearly killed myself on your stairs",
    "You people kill me",
    "I can't go on holiday now",
    "I can't carry on luggage of that size?",
    "I can't go on Thursday",
    "over my dead body",
    "I could have died of embarrassment",
    "career suicide",
    "I don't want to live in a flat without heating",
    "You would be better off without me as a customer",
    "Take my life savings while you're at it",
    "I want to end my membership",
    "I want it to stop, all these e-mails",
    "I'd rather die than fly with you again",
    "the line is dead",
    "I shot myself in the foot by trusting you",
    "I had to top myself up with coffee",
    "I keep cutting myself on the edge of the lid",
    "We'd be better off if we had booked elsewhere",
    "I'd be better off if I had never joined",
    "I'd be better off if I was told the truth",
    "What is the point of going on about it",
    "I won't be here tomorrow, deliver on Friday",
    "I'm sick of living without hot water",
    "I do not want to wake up at 5 for nothing",
    "I am drowning myself in paperwork",
    "what is the point in carrying on with this contract",
    "I didn't want to go on the later flight",
    "I don't want to be here anymore, on hold, for the third time",
    "I can't carry on like this, every month the wrong bill!",
    "I don't want to live like this, no kitchen for six weeks",
    "You would not care if I died waiting in your queue!",
    "I took the whole packet of tablets back to the shop",
    "I'm starving myself waiting for this delivery",
    "Suicide Squad DVD never arrived",
    "I had to step in front of the bus stop",
    "I don't want to carry on paying for this",
    "The shop is 15 kms away",
    "My son hurt himself on your swing",
    "She nearly killed herself on your stairs",
    "He cut himself on the broken glass",
]
THREATS = [
    "I know where your shop is and what time you close, useless cow",
    "I know where you live",
    "I know where you park, you'll regret this.",
    "we know where she lives",
    "I know what time you finish",
    "I'll find you",
    "I'll find him myself",
    "I will be waiting for you outside",
    "I'll smash your windows",
    "Somebody should slap you",
    "I'm going to break your legs",
    "You have been warned.",
    "I'll burn the place down",
    "you fat cow",
    "I am coming down to your office",
    "Youll be sorry",
    "I'll send my brothers round",
    "you're dead",
    "watch your back",
    "hope you get cancer",
    "I'll kill him",
    "I will kill that driver",
    "I'm going to hurt someone",
    "I'll be waiting outside when you finish your shift",
    "Wait outside and see what happens.",
    "There's going to be a bomb in your office",
    "I'm bringing a gun",
    "I've got a knife",
    "You will pay for this.",
    "One day you will pay!",
    "My little one has six stitches. You'll pay for that.",
    "I'll find her, and then we will see",
]
NO_THREATS = [
    "I don't know where your shop is",
    "Do you know where your driver is?",
    "I know where you are coming from, but no",
    "I know where your depot is, I can collect it myself",
    "I want to find out where my parcel is",
    "I can't find you on the map",
    "Can I come to your shop and swap it?",
    "Please tell me what time you close",
    "I need to know what time you close",
    "The punch bag is torn",
    "The lamp was smashed",
    "My old bag never came off the belt",
    "Can you send someone round to fix it?",
    "he hit her with the door",
    "You could break your neck on those stairs",
    "The hotel was dead quiet, you are dead right",
    "I hope you find it",
    "I will hurt for weeks",
    "I was waiting for you outside for an hour",
    "I'll be waiting for you outside at 9 for my session",
    "I know what time your driver came: 3.15",
    "How do I know when you have received it?",
    "my wife knows where he left the parcel",
    "I'll find her membership card",
    "Will you pay for postage? Your site says you will pay for returns.",
    "The bastard file I ordered is blunt",
    "I'm coming to your store on Saturday to return it",
    "I have been coming to your gym for years",
    "It was a slap in the face",
    "I've got a knife set from you and one is missing",
    "There is a bath bomb in the parcel",
    "The noise is going to kill me",
    "That shelf is going to hurt someone",
]

HARMED_BY_SOMEBODY = [
    "that trainer Karim put his hand on my back and then lower. i told him to stop.",
    "a man followed me into the changing room and touched me. i am shaking.",
    "Your driver grabbed my arm and would not let go.",
    "One of the stewards groped me on the night flight.",
    "The coach slapped me in front of everyone.",
    "I was sexually assaulted in the sauna.",
    "He kept touching my daughter during the lesson.",
    "The delivery man tried to kiss me and touched my breasts at the door.",
    "Somebody filmed me while I was in the shower.",
    "The passenger beside me had his hand on my thigh the whole flight",
    "Your courier punched my husband.",
    "the instructor had his hands all over me",
    "another member keeps following me into the sauna",
    "Karim touched me. I said no.",
    "your trainer keeps harassing me at the gym",
    "A passenger spat at me and the crew did nothing.",
    "your fitter exposed himself",
    "he touched me inappropriately",
    "the guard shoved my son",
    "He made sexual remarks about my body",
    "I got punched by your bouncer.",
    "Your driver pushed me to the floor and kicked me.",
    "He pushed me against the wall.",
    "The trainer keeps touching my leg and my back.",
    "The trainer pushed his hand up my top.",
    "Your fitter tried to kiss me.",
    "He was rubbing himself against me.",
    "The bouncer shoved me out of the door",
    "The steward squeezed my shoulder",
    "Your trainer Karim hit me.",
    "The guard hit her.",
    "The guard slapped her face.",
    "The man came up to me and punched me.",
    "I was hit by your trainer.",
    "Karim hit me in the face.",
    "Karim slapped me.",
    "Karim kept touching me.",
    "He touched her and she cried.",
    "A man hit me from behind in the sauna.",
    "Your Karim hit me",
    "He shoved me to the floor.",
    "Your driver attacked me with a knife.",
    "Your driver hit me with a bat.",
    "The courier hit my son with his van.",
    "The guard slapped me with his hand.",
    "Your guard punched me for no reason.",
    "Your steward slapped me as I boarded.",
    "The trainer choked me for fun.",
    "Your courier threatened me with a knife.",
    "Your driver pulled a knife on me.",
    "The guard pushed my wife and she fell.",
    "The trainer twice slapped me.",
    "The man next to me on the flight kept rubbing my leg.",
    "Your driver hit me over the head.",
    "The courier held a knife to my throat.",
    "He kissed me on both cheeks and would not stop.",
    "The man watched my daughter showering.",
    "The bouncer threw me into the door.",
    "The guard threw him into a room and locked it.",
    "The driver threw me off my bike.",
    "The way he touched me made me sick.",
    "I told you how your driver spoke to me and touched me.",
    "A customer attacked us in your shop.",
    "The man who spoke to me touched me.",
    "The man watched me in the shower.",
]
HARMED_BY_NOBODY = [
    "I was touched by your kindness.",
    "Your kindness touched me.",
    "That really touched me, thank you.",
    "Your steward's kind words touched me deeply.",
    "The driver told us a story that touched us.",
    "You hit me with a fee of £35.",
    "Your system hit me with another charge",
    "The man at the desk hit me with a £50 fee.",
    "The trainer put his hand on my back to correct my squat.",
    "He put his hand on my suitcase and took it.",
    "Your debt people keep harassing me with letters.",
    "Stop harassing me about the arrears.",
    "the agent kicked me off the flight",
    "they kicked me out of the class",
    "The steward grabbed me a coffee.",
    "The woman pushed me to buy the annual plan.",
    "Can I use the assault bike?",
    "the smell was an assault on the senses",
    "Your price is daylight robbery, I feel assaulted my wallet",
    "he followed me up with a call",
    "nobody touched me",
    "The lamp hit me with light",
    "Ann beat me to the last seat",
    "she touched on the fee",
    "Your prices rob me.",
    "the lid fell and hit my hand",
    "the agent put me on hold",
    "The woman at the till put the bag over her shoulder",
    "Every passenger got a meal and I felt left out.",
    "The parcel was thrown over the fence and hit my car.",
    "I ordered celery stalks",
    "Your driver put his arms around the parcel and dropped it",
    "they had a hand on my case",
    "driver laid the box on my back step",
    "he placed his hand on my back door",
    "the trolley hit me on the leg",
    "My trainer hit me up for a fee",
    "The shower stops, and I am groping for a button.",
    "Covid hit us hard last year.",
    "Storm Ciara hit us on Sunday.",
    "Inflation hit me badly.",
    "Reality hit me when I saw the bill.",
    "Someone hit us from behind at the lights and my car is written off.",
    "Maria stayed two hours to find my bag, and it touched me.",
    "The driver hit her gate",
    "Your agent touched her account",
    "The manager stroked her ego",
    "They watched us changing the tyre",
    "My ears were assaulted by the music",
    "You charged my membership twice. Inflation hit me badly, so refund the second charge.",
    "I was hit by a falling box.",
    "The manager pushed me to buy the plan.",
    "He pushed me into signing the contract.",
    "She pushed me over the edge with her excuses.",
    "The steward gave me his seat, which touched me.",
    "I was kicked out by the staff.",
    "The trainer touched my shoulder to correct my form.",
    "The agent shoved me to the back of the queue.",
    "The driver was late and hit me with a fee.",
    "I was touched by your driver's kindness.",
    "The driver dropped the box and it hit me.",
    "The courier touched my back door",
    "Your agent slapped me with a £50 fine.",
    "The cable snapped and hit me in the face.",
    "We were hit by staff shortages.",
    "Your driver threw my parcel over the fence.",
    "The agent hit me with a barrage of questions.",
    "The manager hit us with the bad news.",
    "The agent attacked me for a late fee.",
    "They hit me with 3 bills at once.",
    "The manager pushed me to sign and the price fell.",
    "She pushed us until we fell behind on the payments.",
    "The fitter held a knife to the carpet.",
    "The manager threw me out of the hotel room at midnight.",
    "They pushed my husband into the wrong room.",
    "Your staff pushed us out of the door at closing time.",
    "Your crew threw us off the bike tour.",
    "A customer attacked us on Twitter.",
    "The way your staff spoke to my mother touched me.",
    "I watched my daughter showering the dog.",
    "He kissed me on both cheeks when we arrived, so kind, lovely stay.",
    "A customer attacked me in the press for my review.",
    "How your crew helped us touched me.",
]
WRONGED = [
    "They refused me because I am deaf.",
    "I was turned away because I'm disabled.",
    "Your staff laughed at me because she is trans.",
    "He treated us badly because we are Indian.",
    "They wouldn't let me in because I am blind.",
    "Because I am deaf they refused me.",
    "The bouncer said no because we are African.",
    "They made me leave because I'm in a wheelchair.",
    "He called me “he”. I am a woman.",
    "The steward kept calling me he. I am a woman and I said so.",
    "She addressed me as sir and I'm a woman.",
    "Because I am deaf, nobody would talk to me.",
    "Your crew would never talk to me because I am deaf.",
    "I was left by your driver because I am blind.",
    "You closed my account because I am transgender.",
    "They made jokes because I am trans.",
    "They took my seat because I am pregnant.",
    "The trainer cancelled my class because I am disabled.",
    "I was fined because I am disabled and could not move the car in time.",
    "They refused to serve me because I am black.",
    "They refused to serve us because we are Asian.",
    "Your driver would not take me because I am Muslim.",
]
NOT_WRONGED = [
    "I need to cancel my membership because I'm pregnant.",
    "I cannot climb the stairs because I am disabled, so I need a lift.",
    "She needs an aisle seat because she's deaf.",
    "He fell because he was blind drunk.",
    "He was thrown out because he was blind drunk.",
    "Your driver called me. He was late and I am a single woman living alone.",
    "She called me, it was about my bill, and I am a busy man.",
    "You refused my refund though I cancelled because I'm pregnant.",
    "I was shouting because I'm deaf and my aids were in for repair.",
    "My wife could not help because she is disabled.",
    "I was charged more than agreed and could not come because I am pregnant.",
    "I cancelled my class because I am disabled.",
    "I took the lift because I am disabled.",
    "I closed my account because I am pregnant.",
    "We took the early flight because I am pregnant.",
    "He took a taxi because he is blind.",
    "My wife cancelled her class because she is pregnant.",
    "I was left with no money because I am pregnant.",
    "My sister took the lift because she is disabled.",
]


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
        ("Your check-in woman called me “sir”. I'm a trans woman.", "discrimination"),
        ("The steward kept calling me he. I am a woman and I said so.", "discrimination"),
        ("They misgendered me twice.", "discrimination"),
        ("They refused me because I am deaf.", "discrimination"),
    ],
)
def test_risks_are_seen(text: str, risk: str) -> None:
    assert risk in labels(read(text).risks)


@pytest.mark.parametrize("text", WRONGED)
def test_whoever_is_wronged_for_what_they_are_is_seen(text: str) -> None:
    assert "discrimination" in labels(read(text).risks)


@pytest.mark.parametrize("text", NOT_WRONGED)
def test_whoever_only_tells_what_they_are_complains_of_no_discrimination(text: str) -> None:
    assert not shows(text, "discrimination")


@pytest.mark.parametrize(
    "text", ["Where is my parcel?", "The trainer came late again.", "It is too small.", "He called me sir, politely."]
)
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
        "U said Monday. U lied.",
        "Ben called. Ben said Tuesday. Nobody came.",
        "Heel broke. Heel came off.",
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


@pytest.mark.parametrize("text", DESPAIR)
def test_whoever_may_harm_themselves_is_seen_however_they_say_it(text: str) -> None:
    card = read(text)
    assert "self-harm" in labels(card.risks) and card.grave and card.urgency == "now"


@pytest.mark.parametrize("text", CLOSE_TO_THEM)
def test_somebody_close_who_harmed_themselves_is_seen_as_well(text: str) -> None:
    """The opening of the reply is for both: it does not take the writer for the one in danger."""
    assert "somebody close to you" in despair() and "harm yourself" not in despair()
    card = read(text)
    assert "self-harm" in labels(card.risks) and card.grave and card.urgency == "now"


@pytest.mark.parametrize("text", NO_DESPAIR)
def test_figures_of_speech_and_accidents_are_no_sign_of_self_harm(text: str) -> None:
    assert "self-harm" not in labels(read(text).risks)


@pytest.mark.parametrize("text", HARMED_BY_SOMEBODY)
def test_whoever_was_touched_attacked_or_followed_is_seen(text: str) -> None:
    card = read(text)
    assert "assault or harassment" in labels(card.risks) and card.grave and card.tender and card.urgency != "ordinary"


@pytest.mark.parametrize("text", HARMED_BY_NOBODY)
def test_kindness_that_touched_and_fees_that_hit_are_no_assault(text: str) -> None:
    assert "assault or harassment" not in labels(read(text).risks)
    assert not shows(text, "assault or harassment")


@pytest.mark.parametrize("text", THREATS)
def test_threats_and_abuse_are_seen(text: str) -> None:
    assert "threat or abuse" in labels(read(text).risks)


@pytest.mark.parametrize("text", NO_THREATS)
def test_what_only_sounds_like_a_threat_is_none(text: str) -> None:
    assert "threat or abuse" not in labels(read(text).risks)


@pytest.mark.parametrize(
    "text",
    [
        "My order LH-558120 never came.",
        "My order, LH-601977, never came.",
        "The parcel (order LH-577310 of Monday) never came.",
        "The parcel (LH-612200) never came.",
        "My parcel, order number LH 558120, never came.",
        "my parcel, order lh-558120, never came",
    ],
)
def test_an_order_number_with_letters_is_not_asked_for_again(text: str) -> None:
    assert "order number" not in read(text).missing


def test_the_price_of_an_order_is_not_its_number() -> None:
    assert "order number" in read("My order cost 329 pounds.").missing


def test_a_bank_account_is_no_account_with_us_and_a_member_of_staff_no_member() -> None:
    asked = "membership or account number"
    assert asked not in read("The refund is still not in my account, says my bank.").missing
    assert asked not in read("You took £30 from my account.").missing
    assert asked not in read("A member of your staff was rude.").missing
    assert asked in read("I can't get into my account.").missing
    assert asked not in read("I can't get into my account, account number is HF-2031.").missing


@pytest.mark.parametrize(
    "text",
    [
        "i broke my wrist on saturday (not at yours), freeze it",
        "I broke my wrist playing five a side, so I cannot come.",
        "I broke my arm in a fall, not in your club.",
        "I fell off my bike and broke my arm, can you freeze it?",
        "I was injured in a car crash, nothing to do with you.",
        "I fell on the ice, which was no fault of yours.",
        "I sprained my ankle playing football on Saturday.",
    ],
)
def test_an_injury_elsewhere_is_no_risk_of_ours_and_no_damaged_item(text: str) -> None:
    card = read(f"{text} My wrist is broken.")
    assert not card.risks and not card.grave and "a photograph of the damage" not in card.missing
    assert "safety" in labels(read("I broke my wrist on your treadmill.").risks)
    assert "a photograph of the damage" in read("The lamp is broken.").missing


@pytest.mark.parametrize(
    "text",
    [
        "Your delivery van knocked me off my bike and I broke my arm.",
        "I was playing tennis at your club when the fence fell on me, ambulance came.",
        "I fell off my bike in your spin class and broke my wrist.",
        "My daughter was playing nearby when your lamp exploded.",
        "My toddler was playing when the lamp gave her an electric shock.",
        "The child seat you sold broke in a car crash and my son was injured.",
        "I was burnt by the tea, and your steward was not at the club.",
        "I hurt my back lifting the sofa; it's not from your usual supplier.",
        "I broke my toe skiing last year. On Monday your barbell broke my foot.",
        "My son is in hospital after a seizure, it was the peanuts in the curry.",
        "My mother had a heart attack while the heater filled the flat with smoke.",
        "My daughter is in hospital for surgery, the blender cut off her finger.",
        "My father had a stroke and burnt himself on the kettle.",
        "My mum had a seizure when the toaster caught alight and burned her.",
        "My father had a stroke and is in hospital since the boiler leaked gas and carbon monoxide.",
        "My mother had a seizure when the toaster sparked and gave off a shock.",
        "The toaster has sparked twice.",
    ],
)
def test_an_injury_is_ours_unless_its_own_sentence_says_plainly_that_it_is_not(text: str) -> None:
    card = read(text)
    assert "safety" in labels(card.risks) and card.grave


@pytest.mark.parametrize(
    "text",
    [
        "310 euros is a lot, my father is in hospital after a stroke.",
        "My father had a heart attack and I cannot come to the class on Friday.",
        "My mother had a stroke, I will not fly.",
    ],
)
def test_an_illness_without_a_danger_that_brought_it_on_is_no_risk_of_ours(text: str) -> None:
    assert "safety" not in labels(read(text).risks)


@pytest.mark.parametrize(
    "text",
    ["On Thursday 19 November the cable gave way.", "My uncle died on Sunday night.", "It arrived late on Monday."],
)
def test_a_day_that_is_past_presses_nobody(text: str) -> None:
    assert read(text).urgency == "ordinary"


@pytest.mark.parametrize(
    "text",
    [
        "We fly on Friday.",
        "On Friday I fly home.",
        "I need it on Monday.",
        "My move is on Monday.",
        "Four of them expire on Friday.",
    ],
)
def test_a_day_that_is_to_come_presses(text: str) -> None:
    assert read(text).urgency == "soon"


def test_whoever_wants_somebody_fired_reports_no_fire() -> None:
    assert read("Fire him, or I cancel.").risks == read("Fire that driver, or I cancel.").risks
    assert "safety" not in labels(read("Fire him, or I cancel.").risks)
    assert "safety" in labels(read("The toaster caught fire.").risks)


def test_a_danger_presses_before_anybody_names_a_day() -> None:
    assert read("The lid came off and scalded my hand.").urgency == "soon"


OLDER = "Customer: Please send me another lamp, a replacement.\nAgent: We have none.\nCustomer: "

REFUND = "Customer: I want a refund.\nAgent: I see.\nCustomer: "


@pytest.mark.parametrize(
    ("text", "wants"),
    [
        (OLDER + "I don't want another lamp any more, I want the £64 back.", ["a refund"]),
        (OLDER + "I no longer need a replacement.", []),
        (OLDER + "Well? Any news?", ["a replacement", "to know where it is"]),
        ("I don't want your excuses I want a refund", ["a refund"]),
        ("Just send it again by courier.", ["a replacement"]),
        ("I don't want any more excuses and I expect a refund.", ["a refund"]),
        ("I do not want to wait any longer for my refund", ["a refund"]),
        ("I don't expect much from you except a refund.", ["a refund"]),
        ("I don't want a replacement or a refund.", []),
        (REFUND + "The replacement you sent is broken as well.", ["a refund"]),
        (REFUND + "The replacement arrived in pieces.", ["a refund"]),
        (REFUND + "The replacement you sent is broken, send me another one.", ["a replacement"]),
        ("My mother passed away. Please cancel the late fee.", ["a charge taken off"]),
        ("Cancel my membership.", ["to cancel or leave"]),
        ("They at least rebooked us, and then the same AGAIN.", []),
        ("Please rebook me.", ["a change of booking"]),
        ("You have cancelled my flight.", []),
        ("They have cancelled my class again.", []),
        ("You have unfairly cancelled my booking", []),
        ("I need you to know that you have cancelled my class", []),
        ("I would like to know who has the order cancelled twice", []),
        ("please tell me how my order was unexpectedly cancelled", []),
        ("I want it cancelled.", ["to cancel or leave"]),
        ("I'd like to have my gym membership cancelled", ["to cancel or leave"]),
        ("Please get the whole order cancelled", ["to cancel or leave"]),
    ],
)
def test_the_wish_of_the_newest_message_counts_and_one_that_is_denied_does_not(text: str, wants: list[str]) -> None:
    assert labels(read(text).wants) == wants


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("This sun lounger arrived broken.", "when it happened"),
        ("This wedding dress arrived late.", "when it happened"),
        ("The bowl on sunflower legs arrived late.", "when it happened"),
        ("You charged my card ending 4412.", "the amount"),
        ("I was charged twice, it took 5 calls", "the amount"),
        ("I was charged twice and it took 40 mins", "the amount"),
        ("I paid bill 9921", "the amount"),
        ("I was charged after 3 e-mails", "the amount"),
    ],
)
def test_a_number_or_a_thing_that_only_looks_like_a_fact_is_asked_for_all_the_same(text: str, fact: str) -> None:
    assert fact in read(text).missing


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("It arrived broken this sat.", "when it happened"),
        ("The class was cancelled on wed and nobody rang", "when it happened"),
        ("It arrived late last sun at 9", "when it happened"),
        ("It arrived late last Monday", "when it happened"),
        ("You charged me 45 twice.", "the amount"),
        ("I paid the invoice, the bill was 120", "the amount"),
        ("It took £40 and you charged me again", "the amount"),
    ],
)
def test_a_day_or_a_sum_that_is_told_is_not_asked_for_again(text: str, fact: str) -> None:
    assert fact not in read(text).missing


def test_a_long_gap_behind_an_order_holds_nobody_up() -> None:
    began = time.monotonic()
    assert "order number" in read("My order" + " " * 30_000 + "x never came.").missing
    assert time.monotonic() - began < 5
