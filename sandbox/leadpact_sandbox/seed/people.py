"""Draws the people of the seeded company, one after the other, from one random source."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from itertools import accumulate

from leadpact_sandbox.seed import stages
from leadpact_sandbox.seed.engagement import engage
from leadpact_sandbox.seed.firms import FREE_MAIL, RIVALS, UNIVERSITIES, Firm
from leadpact_sandbox.seed.model import QUEUE_KEY, Person
from leadpact_sandbox.seed.names import CULTURES, Culture
from leadpact_sandbox.seed.stages import DISAGREEMENTS, Draw, Standing

SHARE_IN_BOTH = 0.60
SHARE_SALESFORCE_ONLY = 0.06
SHARE_DISAGREE = 0.06
SHARE_DUPLICATE = 0.025
LEAD_SOURCES = ("Web", "Web", "Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other")
TITLES = (
    "VP Sales",
    "Chief Revenue Officer",
    "Head of Marketing",
    "Director of Operations",
    "Director, IT & Security",
    "Marketing Manager",
    "Sales Operations Manager",
    "Product Manager",
    "Revenue Operations Analyst",
    "Software Engineer",
    "Marketing Specialist",
    "Account Coordinator",
    "Data Analyst",
    "Office Assistant",
    "Intern",
    "Consultant",
)
LOCAL_TITLES = {
    "Germany": ("Geschäftsführer", "Vertriebsleiterin", "Sachbearbeiter"),
    "France": ("Directrice générale", "Responsable marketing", "Chargé d'études"),
    "Spain": ("Directora de Operaciones", "Técnico comercial"),
    "Brazil": ("Gerente de Vendas", "Analista de Operações"),
    "Poland": ("Kierownik działu sprzedaży", "Specjalista ds. marketingu"),
    "Ukraine": ("Керівник відділу продажу", "Аналітик"),
    "Greece": ("Διευθυντής Πωλήσεων",),
    "United Arab Emirates": ("مدير المبيعات",),
    "Israel": ('סמנכ"ל מכירות',),
    "China": ("总经理", "市场专员"),
    "Japan": ("営業部長", "マーケティング担当"),
    "South Korea": ("영업 부장", "마케팅 매니저"),
    "India": ("Senior Manager, Sales", "बिक्री प्रबंधक"),
}
ROLE_ADDRESSES = ("info", "sales", "office", "kontakt")


class Draughtsman:
    """Draws one person after the other; all choices come from ``rng``.

    Args:
        rng: the only random source.
        as_of: aware UTC; every date of a person lies before it.
        firms: by country, none empty.
    """

    def __init__(self, rng: random.Random, as_of: datetime, firms: dict[str, list[Firm]]) -> None:
        self._rng = rng
        self._as_of = as_of
        self._firms = firms
        self._cultures = CULTURES
        self._steps = list(accumulate(culture.weight for culture in CULTURES))
        self._both = Draw(stages.IN_BOTH)
        self._hubspot_only = Draw(stages.HUBSPOT_ONLY)
        self._salesforce_only = Draw(stages.SALESFORCE_ONLY)
        self._addresses: set[str] = set()

    def person(self, key: str) -> Person:
        """The next person."""
        rng, draw = self._rng, self._rng.random
        culture = rng.choices(self._cultures, cum_weights=self._steps)[0]
        where = draw()
        in_salesforce = where < SHARE_IN_BOTH + SHARE_SALESFORCE_ONLY
        in_hubspot = where < SHARE_IN_BOTH or not in_salesforce
        if in_hubspot and in_salesforce:
            hubspot = salesforce = self._both(rng)
            if draw() < SHARE_DISAGREE:
                hubspot, salesforce = DISAGREEMENTS[int(draw() * len(DISAGREEMENTS))]
        elif in_hubspot:
            hubspot = salesforce = self._hubspot_only(rng)
        else:
            hubspot = salesforce = self._salesforce_only(rng)

        newest, oldest = salesforce.age
        created_at = self._as_of - timedelta(
            seconds=int((newest + draw() * draw() * (oldest - newest)) * 86_400)
        )
        given, given_ascii = culture.given[int(draw() * len(culture.given))]
        family, family_ascii = culture.family[int(draw() * len(culture.family))]
        first_name = None if draw() < 0.04 else given
        last_name = None if not in_salesforce and draw() < 0.03 else family
        firm, title, address = self._work(culture, hubspot, given_ascii, family_ascii)
        if not in_hubspot and draw() < 0.3:
            address = None
        employer = firm.name if firm else None
        if in_salesforce and employer is None:
            employer = "[not provided]"
        elif not in_salesforce and draw() < 0.15:
            employer = None
        if title is not None and draw() < 0.2:
            title = None
        owner = self._owner(salesforce)
        return Person(
            key=key,
            first_name=first_name,
            last_name=last_name,
            email=address,
            phone=self._phone(culture.phone) if draw() < 0.55 else None,
            title=title,
            company=employer,
            website=f"https://www.{firm.domain}" if firm and draw() < 0.6 else None,
            employees=firm.employees if firm else None,
            industry=firm.industry if firm else None,
            country=culture.country if draw() < 0.9 else None,
            city=culture.cities[int(draw() * len(culture.cities))] if draw() < 0.7 else None,
            lead_source=LEAD_SOURCES[int(draw() * len(LEAD_SOURCES))] if draw() < 0.8 else None,
            created_at=created_at,
            hubspot_stage=hubspot.hubspot_stage if in_hubspot else None,
            hubspot_lead_status=hubspot.hubspot_lead_status if in_hubspot else None,
            salesforce_status=salesforce.salesforce_status if in_salesforce else None,
            converted=salesforce.converted if in_salesforce else None,
            in_hubspot=in_hubspot,
            in_salesforce=in_salesforce,
            duplicate_of=None,
            hubspot_owner=owner if in_hubspot and owner != QUEUE_KEY else None,
            salesforce_owner=owner if in_salesforce else None,
            opted_out=draw() < 0.04,
            signals=engage(rng, hubspot.level, created_at, self._as_of) if in_hubspot else (),
        )

    def second_lead(self, key: str, of: Person) -> Person:
        """A second Salesforce Lead of ``of``: same human, address in other letters, newer."""
        age = (self._as_of - of.created_at) / 3
        source = LEAD_SOURCES[int(self._rng.random() * len(LEAD_SOURCES))]
        return Person(
            key=key,
            first_name=of.first_name,
            last_name=of.last_name,
            email=of.email.title() if of.email else None,
            phone=of.phone,
            title=None,
            company=of.company,
            website=None,
            employees=None,
            industry=None,
            country=of.country,
            city=None,
            lead_source=source,
            created_at=(self._as_of - age).replace(microsecond=0),
            hubspot_stage=None,
            hubspot_lead_status=None,
            salesforce_status=stages.OPEN,
            converted=None,
            in_hubspot=False,
            in_salesforce=True,
            duplicate_of=of.key,
            hubspot_owner=None,
            salesforce_owner=QUEUE_KEY,
            opted_out=False,
            signals=(),
        )

    def _work(
        self, culture: Culture, standing: Standing, given: str, family: str
    ) -> tuple[Firm | None, str | None, str | None]:
        """Where a person works, as what, and at which address they are reached."""
        draw = self._rng.random
        kind = draw()
        if kind < 0.02:
            name, domain = RIVALS[int(draw() * len(RIVALS))]
            rival = Firm(name, domain, 400, "Technology", culture)
            return rival, self._title(culture), self._address(given, family, domain)
        if kind < 0.05 and standing.converted is None:
            name, domain = UNIVERSITIES[int(draw() * len(UNIVERSITIES))]
            campus = Firm(name, domain, None, "Education", culture)
            return campus, "Student", self._address(given, family, domain)
        if kind < 0.13 and standing.converted is None:
            domain = FREE_MAIL[int(draw() * len(FREE_MAIL))]
            return None, self._title(culture), self._address(given, family, domain)
        firms = self._firms[culture.country]
        firm = firms[int(draw() * len(firms))]
        if kind > 0.99:
            role = ROLE_ADDRESSES[int(draw() * len(ROLE_ADDRESSES))]
            return firm, None, self._unique(role, firm.domain)
        return firm, self._title(culture), self._address(given, family, firm.domain)

    def _title(self, culture: Culture) -> str:
        draw = self._rng.random
        local = LOCAL_TITLES.get(culture.country)
        titles = local if local and draw() < 0.35 else TITLES
        return titles[int(draw() * len(titles))]

    def _address(self, given: str, family: str, domain: str) -> str | None:
        form = self._rng.random()
        if form < 0.006:
            return None
        if form < 0.75:
            return self._unique(f"{given}.{family}", domain)
        if form < 0.90:
            return self._unique(f"{given[0]}{family}", domain)
        if form < 0.95:
            return self._unique(f"{given}+news", domain)
        return self._unique(f"{given}.{family}".title(), domain)

    def _unique(self, local: str, domain: str) -> str:
        address = f"{local}@{domain}"
        number = 2
        while address.lower() in self._addresses:
            address = f"{local}{number}@{domain}"
            number += 1 if number < 20 else self._rng.randrange(1, 9_999)
        self._addresses.add(address.lower())
        return address

    def _owner(self, standing: Standing) -> str | None:
        if standing.queued and self._rng.random() < standing.queued:
            return QUEUE_KEY
        owners = standing.owners
        return owners[int(self._rng.random() * len(owners))]

    def _phone(self, pattern: str | None) -> str:
        digits = self._rng.randrange(1_000)
        made = []
        for sign in pattern or "+1 202-555-01xx":
            if sign == "x":
                digits, digit = divmod(digits, 10)
                made.append(str(digit))
            else:
                made.append(sign)
        return "".join(made)
