"""What lists of people call their columns and roles, in English, French and German."""

from __future__ import annotations

import re

from commondesk.accounts.arrangement.places import ROLE_WORDS, role_word
from commondesk.accounts.policy import Role
from commondesk.readers.table_file import Names, plain_of

EMAIL, NAME, ROLE, TEAM, MANAGER = "email", "name", "role", "team", "manager"
FIRST_NAME, LAST_NAME = "first name", "last name"
COLUMNS = (EMAIL, NAME, ROLE, TEAM, MANAGER)
"""Those of a list that we write ourselves."""

NAMES: Names = {
    EMAIL: (
        *("mail", "email address", "mail address", "user principal name", "UPN"),
        *("courriel", "adresse mail", "adresse email", "adresse courriel", "mél"),
        *("adresse électronique", "Mailadresse", "E-Mail-Adresse"),
    ),
    NAME: (
        *("full name", "display name", "person", "nom", "nom complet", "nom affiché"),
        *("vollständiger Name", "Anzeigename", "Mitarbeiter", "employee"),
    ),
    ROLE: ("roles", "rôle", "rôles", "Rolle", "Rollen"),
    TEAM: ("teams", "équipe", "Gruppe"),
    MANAGER: (
        *(
            "managed by",
            "manager email",
            "manager mail",
            "reports to",
            "supervisor",
            "line manager",
        ),
        *("responsable", "supérieur", "supérieur hiérarchique", "N+1"),
        *("Vorgesetzter", "Vorgesetzte", "Führungskraft", "Chef"),
    ),
    FIRST_NAME: ("given name", "prénom", "Vorname"),
    LAST_NAME: ("surname", "family name", "nom de famille", "Nachname", "Familienname"),
}

_ROLES: dict[Role, tuple[str, ...]] = {
    Role.REQUESTER: ("user", "employee", "demandeur", "utilisateur", "Anwender", "Nutzer"),
    Role.AGENT: ("agents", "technicien", "Bearbeiter"),
    Role.LEAD: (
        *("team lead", "chef d'équipe", "responsable d'équipe"),
        *("Teamleiter", "Teamleitung", "Leitung"),
    ),
    Role.REFERENT: ("référent", "internal referent", "Ansprechpartner"),
    Role.DECISION_MAKER: ("décideur", "Entscheider", "Entscheiderin"),
    Role.APPROVER: ("approbateur", "valideur", "Genehmiger", "Genehmigerin"),
    Role.AUDITOR: ("auditeur", "Prüfer", "Prüferin"),
}
_BY_WORD = {
    plain_of(word): role
    for role, others in _ROLES.items()
    for word in (role.value, ROLE_WORDS[role], *others)
}


class UnknownRole(ValueError):
    """No role is called so."""


def roles_of(cell: str) -> tuple[Role, ...]:
    """The roles that a cell names, with commas or the like between. Raises UnknownRole."""
    found = set()
    for word in filter(str.strip, re.split(r"[,;/|+\n]| and | et | und ", cell)):
        role = _BY_WORD.get(plain_of(word))
        if role is None:
            raise UnknownRole(word.strip())
        found.add(role)
    return tuple(role for role in Role if role in found)


def role_words(roles: tuple[str, ...]) -> str:
    """Roles in words, to whoever reads."""
    return ", ".join(role_word(role) for role in Role if role in roles)


def role_cell(roles: tuple[str, ...]) -> str:
    """Roles as a cell of a list that we write holds them: in English."""
    return ", ".join(ROLE_WORDS[role] for role in Role if role in roles)
