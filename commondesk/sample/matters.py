"""What the people of the sample company ask for, and what they are told. All of it is made up."""

from __future__ import annotations

from dataclasses import dataclass

from commondesk.core.record.events import Kind


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that people come with. weight says how often; minutes how much work it is."""

    key: str
    service: str
    kind: Kind
    subject: str
    text: str
    reply: str
    solution: str
    urgency: int = 3
    spread: int = 4
    minutes: int = 25
    weight: int = 4
    item: str = ""
    question: str = ""
    answer: str = ""
    category: str = ""


INCIDENT, R, Q, A = Kind.INCIDENT, Kind.REQUEST, Kind.QUESTION, Kind.ALERT

MATTERS: tuple[Matter, ...] = (
    Matter(
        "password",
        "accounts",
        R,
        "I cannot sign in any more",
        "Since the holiday my password is refused. I have tried three times.",
        "I am resetting it now. Please stay near your phone: you get a code on it.",
        "Your password is new and your sign-in works again. Choose your own at the next sign-in.",
        urgency=2,
        minutes=12,
        weight=10,
        question="Which of your two accounts is it, the office one or the one of the packing hall?",
        answer="The office one.",
        category="sign-in",
    ),
    Matter(
        "newcomer",
        "accounts",
        R,
        "A new colleague starts on Monday",
        "Please prepare an account, a laptop and access to the order system for her.",
        "Thank you for telling us in time. I prepare everything and come back to you.",
        "Account, laptop and access are ready. The laptop stands at your reception.",
        urgency=4,
        minutes=55,
        weight=4,
        question="Which folders of her team should she be able to read?",
        answer="Those of purchasing, read and write.",
        category="joiners",
    ),
    Matter(
        "access",
        "accounts",
        R,
        "Access to the folder of the auditors",
        "I have to put our figures there by Friday and cannot open it.",
        "I ask the owner of the folder and tell you as soon as she agrees.",
        "You can write into the folder now.",
        minutes=20,
        weight=5,
        category="access",
    ),
    Matter(
        "mail-size",
        "mail",
        INCIDENT,
        "My mailbox says that it is full",
        "I can read, but no longer send anything.",
        "I am making room and look why it grew so quickly.",
        "Old mail with large files has moved to the archive. You can send again.",
        urgency=2,
        minutes=18,
        weight=6,
        category="mailbox",
    ),
    Matter(
        "mail-missing",
        "mail",
        INCIDENT,
        "A mail from a supplier does not arrive",
        "They sent it twice, and I am waiting for the delivery note.",
        "I am looking through what was held back.",
        "It was held back because of its attachment. I released it; their next ones come through.",
        minutes=22,
        weight=5,
        question="Can you tell me the address it was sent from, and about when?",
        answer="orders@supplier.example, yesterday after ten.",
        category="delivery",
    ),
    Matter(
        "calendar",
        "mail",
        Q,
        "How do I share my calendar with the whole team?",
        "They should see when I am away, not what the meetings are about.",
        "Right-click your calendar, choose “share”, then “when I am busy”. Two pictures follow.",
        "The pictures are attached. It works for everybody who joins the team later, too.",
        urgency=4,
        minutes=10,
        weight=4,
        category="how to",
    ),
    Matter(
        "slow",
        "workplace",
        INCIDENT,
        "My laptop has become very slow",
        "Opening an order takes a minute. Yesterday it was quick.",
        "I am connecting to it and look what keeps it busy.",
        "An update ran over and over. It is through now, and the laptop is quick again.",
        minutes=35,
        weight=7,
        question="May I connect to it at two o’clock, or does another time suit you better?",
        answer="Two is fine, I leave it switched on.",
        category="laptops",
    ),
    Matter(
        "screen",
        "workplace",
        INCIDENT,
        "The second screen stays black",
        "I have changed the cable with my neighbour. It is not the cable.",
        "Then it is the dock. I am sending you another one with the house post.",
        "The new dock is in place and both screens work.",
        urgency=4,
        minutes=20,
        weight=5,
        category="laptops",
    ),
    Matter(
        "headset",
        "workplace",
        R,
        "A headset for the meeting room",
        "Ours was lost when we moved.",
        "I am ordering one; it takes about three days.",
        "The headset lies at your reception.",
        urgency=4,
        minutes=12,
        weight=4,
        category="equipment",
    ),
    Matter(
        "phone",
        "workplace",
        INCIDENT,
        "My work phone shows no calls",
        "People tell me that they rang, and I see nothing.",
        "I am checking what your number is forwarded to.",
        "It was still forwarded to your colleague. It rings with you again.",
        minutes=15,
        weight=4,
        category="phones",
    ),
    Matter(
        "update",
        "workplace",
        INCIDENT,
        "After the update the order program does not start",
        "It closes again at once, without a message.",
        "I have this on another laptop as well and am on it.",
        "A part of the program was missing after the update. It is back, and it starts.",
        urgency=2,
        minutes=40,
        weight=4,
        category="programs",
    ),
    Matter(
        "vpn",
        "network",
        INCIDENT,
        "No connection from home",
        "The connection breaks off after a few minutes, since this morning.",
        "I see your attempts here. I am looking why they are cut.",
        "Your certificate had run out. The new one is on your laptop, and the connection stays up.",
        urgency=2,
        minutes=25,
        weight=6,
        question="Does it also break off when you use the phone instead of your router?",
        answer="No, with the phone it holds.",
        category="remote access",
    ),
    Matter(
        "wifi",
        "network",
        INCIDENT,
        "Wireless is weak in the meeting room",
        "Visitors cannot show anything, and we neither.",
        "I am measuring it tomorrow morning, before your first meeting.",
        "The access point was at half its power. It covers the room now.",
        spread=3,
        minutes=45,
        weight=4,
        category="wireless",
    ),
    Matter(
        "switch",
        "network",
        A,
        "Monitoring: packing hall switch 3 drops packets",
        "Errors on port 11 above the limit for ten minutes.",
        "I see the errors and am looking what is connected there.",
        "A scanner’s network card is worn out. It is exchanged; the port is clean.",
        urgency=3,
        spread=3,
        minutes=30,
        weight=3,
        item="switch-3",
        category="network",
    ),
    Matter(
        "toner",
        "printing",
        R,
        "The printer at reception needs toner",
        "It has asked for it since yesterday.",
        "I am bringing some this afternoon.",
        "It is filled, and a spare cartridge stands in the cupboard below.",
        urgency=4,
        minutes=10,
        weight=4,
        item="printer-1",
        category="supplies",
    ),
    Matter(
        "scan",
        "printing",
        INCIDENT,
        "Scans do not reach my mailbox",
        "The machine says “sent”.",
        "I am looking into the journal of the machine.",
        "It still had your old address. Your scans arrive.",
        minutes=15,
        weight=4,
        item="printer-1",
        category="scanning",
    ),
    Matter(
        "order-stuck",
        "erp",
        INCIDENT,
        "An order cannot be released",
        "It says that somebody else has it open, but nobody does.",
        "I am looking who holds it.",
        "A session of last night still held it. It is released.",
        urgency=2,
        minutes=25,
        weight=6,
        question="Which number does the order have?",
        answer="It is 48 213.",
        category="orders",
    ),
    Matter(
        "stock",
        "erp",
        INCIDENT,
        "The stock of labels is wrong",
        "It shows 40 rolls, and the shelf is empty.",
        "I am comparing the bookings of this week.",
        "One delivery was booked twice. I corrected it, and it shows none now.",
        minutes=40,
        weight=5,
        category="stock",
    ),
    Matter(
        "report",
        "erp",
        Q,
        "Where do I find the deliveries of last quarter?",
        "I only see this month’s.",
        "Under “deliveries”, choose “all periods” above the list. I have saved the view for you.",
        "The view is called “last quarter” and stands first in your list.",
        urgency=4,
        minutes=10,
        weight=4,
        category="how to",
    ),
    Matter(
        "scanner",
        "lines",
        INCIDENT,
        "Hand scanner of line 2 loses its connection",
        "We type the numbers by hand meanwhile.",
        "I am coming over with another one.",
        "The scanner is exchanged; the old one goes to the workshop.",
        spread=3,
        minutes=30,
        weight=4,
        item="scanner-2",
        category="scanners",
    ),
)

PRINTER = Matter(
    "printer",
    "printing",
    INCIDENT,
    "The label printer in hall 2 stands still again",
    "It pulls the paper askew and stops. We cannot send anything out without labels.",
    "I am restarting it and cleaning the rollers.",
    "It prints again after a restart and new paper.",
    urgency=2,
    spread=3,
    minutes=25,
    item="printer-2",
    category="label printer",
)

OUTAGE = Matter(
    "outage",
    "network",
    INCIDENT,
    "Nothing works in Northport: no network in the whole plant",
    "All lines stand, no scanner, no phone. We are thirty people here.",
    "We see it too: the main switch does not answer. I am on it, and I ring you in ten minutes.",
    "The main switch runs on its second power supply. Both supplies are new now, and the cause is"
    " found: one of them failed, and the change to the other one was never set up.",
    urgency=1,
    spread=2,
    minutes=90,
    item="core-switch",
    category="network",
)

LOWERED = Matter(
    "lowered",
    "network",
    INCIDENT,
    "The whole sales team has no connection to the order system",
    "Nine people sit and wait. Customers are calling.",
    "We are looking into it.",
    "A rule of last night’s change blocked your subnet. It is gone, and everybody is connected.",
    urgency=1,
    spread=3,
    minutes=60,
    category="network",
)

BLACK_HOLE = Matter(
    "black-hole",
    "erp",
    INCIDENT,
    "Invoices of the Lakeside site carry the wrong bank account",
    "Three customers have paid into the old account. Please stop it.",
    "Thank you, I pass this on to the people who know the order system.",
    "The template of Lakeside has the right account now; the three payments are with your bank.",
    urgency=2,
    spread=3,
    minutes=50,
    category="invoices",
)

LONG = Matter(
    "long",
    "erp",
    INCIDENT,
    "Labels and order system disagree, and each time we look it is something else that is wrong:"
    " quantities, units, language of the label, and since Thursday the customer’s name as well",
    "I list what we saw today below. It is long, I am sorry; each of these held up a lorry.",
    "Thank you for the list. I go through it with you, point by point.",
    "All points of the list are settled. The last one was a table that nobody had looked after for"
    " years; it has an owner now.",
    urgency=2,
    spread=3,
    minutes=30,
    category="labels",
)

VENDOR = Matter(
    "vendor",
    "lines",
    INCIDENT,
    "Packing line 1 stops with “drive 4 overload”",
    "The mechanics say that the drive itself is fine and only its control needs an update.",
    "I am passing this part to the maker of the line and stay with it.",
    "The maker has sent the update, and the line has run for a shift without a stop.",
    urgency=2,
    spread=3,
    minutes=40,
    item="line-1",
    category="lines",
)

CHASERS = (
    "Is there any news?",
    "Could somebody please tell me where this stands?",
    "I am still waiting, and so is the customer.",
    "It happens again this morning.",
)
THANKS = ("Thank you, all is well.", "Great, thanks!", "Perfect. Thank you for the quick help.")
BACK_AGAIN = (
    "I am sorry, it is back: exactly as before.",
    "It worked for an hour. Now it does not.",
    "This is not solved. I still cannot work.",
)
AGAIN_NEW = "It is the same as last time, so I am writing anew"
TEMPLATED = "Thank you for your message. We take care of it."
EARLY = "This should be solved now. Please come back to us if it is not."
POINTS_OF_THE_LIST = (
    "The quantity is doubled when the order comes from Lakeside.",
    "The unit says “pallet” where it should say “box”.",
    "The label is in English for customers in France.",
    "The customer’s name is cut after twenty characters.",
    "The bar code is readable, but it holds the number of another order.",
    "After a correction, the old label is printed once more.",
    "The weight is missing for everything below one kilogram.",
    "The line for dangerous goods is printed where there are none.",
    "The printer of hall 1 takes another template than that of hall 2.",
    "The return address is the one before our move.",
)
COMMENTS = ("", "", "", "Quick and friendly.", "I had to ask three times.", "It took too long.")
