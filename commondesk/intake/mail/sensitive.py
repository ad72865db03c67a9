"""Files that few should see: they hold keys, sessions, passwords or papers of a person."""

from __future__ import annotations

import re

from commondesk.core.texts import gettext_noop

LOOKED_AT = 128 * 1024

HAR, PCAP, VPN = "har", "pcap", "vpn"
PRIVATE_KEY = gettext_noop("private key")
PASSWORDS = gettext_noop("passwords")
IDENTITY = gettext_noop("identity document")

_BY_NAME = (
    (HAR, re.compile(r".*\.har", re.I)),
    (PCAP, re.compile(r".*\.(?:pcap|pcapng|cap|dmp\.pcap)", re.I)),
    (VPN, re.compile(r".*\.(?:ovpn|tblk|pcf|wgconf)|wg\d*\.conf|.*wireguard.*\.conf", re.I)),
    (
        PRIVATE_KEY,
        re.compile(r".*\.(?:ppk|pfx|p12|jks|keystore|key)|id_(?:rsa|dsa|ecdsa|ed25519)", re.I),
    ),
    (PASSWORDS, re.compile(r".*\.(?:kdbx?|1pux|1pif|psafe3|agilekeychain|opvault)", re.I)),
    (
        PASSWORDS,
        re.compile(
            r".*(?:password|passwort|kennwort|mot[ _-]?s?[ _-]?de[ _-]?passe|contrase|senhas?\b"
            r"|wachtwoord|has[lł]a\b|lösenord|losenord|adgangskode|credential|logins?\b|пароли"
            r"|パスワード|密码|bitwarden|lastpass|keepass|1password|dashlane).*"
            r"\.(?:csv|xlsx?|ods|json|txt|xml|html?|docx?|zip)",
            re.I,
        ),
    ),
)
_PICTURE_OR_PAPER = re.compile(r".*\.(?:jpe?g|png|heic|webp|gif|bmp|tiff?|pdf)", re.I)
_IDENTITY = re.compile(
    r"passport|reisepass|personalausweis|ausweis|passeport|pasaporte|passaport[eo]"
    r"|paspoort|paszport"
    r"|(?<![a-z])(?:id|identity|ident)[ _-]?"
    r"(?:card|photo|doc|document|scan|front|back|kort|kaart|pic)"
    r"|(?:photo|scan|front|back|copy|selfie)[ _-]?(?:of[ _-]?)?(?:my[ _-]?)?id(?![a-z])"
    r"|driv(?:er|ing)[ _'s-]{0,3}licen[cs]e|führerschein|fuehrerschein|aufenthaltstitel"
    r"|permis[ _-]de[ _-]conduire|carte[ _-](?:nationale[ _-])?d?[ _'-]?identit"
    r"|(?<![a-z])(?:dni|nie|cni)(?![a-z])"
    r"|carta[ _-]d?[ _'-]?identit|patente[ _-]di|rijbewijs|identiteits|cart[aã]o[ _-]de[ _-]cidad"
    r"|dow[oó]d[ _-]osobisty|prawo[ _-]jazdy|k[oö]rkort|k[oø]rekort|паспорт|удостоверен"
    r"|免許証|身分証|マイナンバー|パスポート|身份证|护照|護照|身分證|social[ _-]security",
    re.I,
)
_KEY = re.compile(rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d")
_WIREGUARD = re.compile(rb"^[ \t]*PrivateKey[ \t]*=", re.M)
_OPENVPN = re.compile(rb"^[ \t]*remote[ \t]+\S+", re.M)
_OPENVPN_TOO = re.compile(rb"^[ \t]*(?:client|dev[ \t]+tun|<ca>|auth-user-pass|tls-client)", re.M)
_HAR = re.compile(rb'\A\s*(?:\xef\xbb\xbf)?\{\s*"log"\s*:\s*\{')
_PASSWORD_COLUMNS = frozenset(
    {"password", "passwort", "kennwort", "pass", "passwd", "pwd", "login_password", "secret"}
    | {"mot de passe", "contraseña", "senha", "wachtwoord", "hasło", "lösenord", "пароль"}
)
_LOGIN_COLUMNS = frozenset(
    {"username", "user", "login", "login_username", "email", "e-mail", "url", "login_uri", "title"}
    | {"account", "benutzer", "benutzername", "web site", "name", "site", "hostname", "usuario"}
)
_PASSWORD_STORE = re.compile(rb'<KeePassFile>|<pwlist>|"login"\s*:\s*\{\s*"(?:uris|username|fido)')
_CAPTURES = (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d")
_CAPTURE_OF_NEXT_KIND = b"\x0a\x0d\x0d\x0a"


def kind_of(name: str, media_type: str, content: bytes) -> str:
    """What makes the file sensitive; empty for an ordinary one."""
    return _kind_by_content(content[:LOOKED_AT]) or _kind_by_name(name, media_type)


def _kind_by_name(name: str, media_type: str) -> str:
    if media_type in ("application/vnd.tcpdump.pcap", "application/x-pcapng"):
        return PCAP
    if media_type in ("application/x-pkcs12", "application/pgp-keys-private"):
        return PRIVATE_KEY
    for kind, pattern in _BY_NAME:
        if pattern.fullmatch(name):
            return kind
    is_paper = media_type.startswith("image/") or _PICTURE_OR_PAPER.fullmatch(name)
    return IDENTITY if is_paper and _IDENTITY.search(name) else ""


def _kind_by_content(content: bytes) -> str:
    if content.startswith(_CAPTURES) or content.startswith(_CAPTURE_OF_NEXT_KIND):
        return PCAP
    if b"\0" in content[:1024]:
        return ""
    if _HAR.match(content) and b'"entries"' in content:
        return HAR
    # Configurations of a VPN hold keys too: they are looked for first.
    if b"[Interface]" in content and _WIREGUARD.search(content):
        return VPN
    if _OPENVPN_TOO.search(content) and _OPENVPN.search(content):
        return VPN
    if _KEY.search(content):
        return PRIVATE_KEY
    if _is_password_table(content) or _PASSWORD_STORE.search(content):
        return PASSWORDS
    return ""


def _is_password_table(content: bytes) -> bool:
    """True for a table whose first line names a column of logins and one of passwords."""
    line = content.lstrip(b"\xef\xbb\xbf").partition(b"\n")[0][:1000].decode("utf-8", "replace")
    columns = {each.strip(' \r"').lower() for each in re.split("[,;\t]", line)}
    return bool(columns & _PASSWORD_COLUMNS) and bool(columns & _LOGIN_COLUMNS)
