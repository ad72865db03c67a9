"""What machines write into subjects and texts, in thirteen languages."""

from __future__ import annotations

import re

from .understood import Mailbox

OUT_OF_OFFICE, TICKET_RECEIVED = "out of office", "ticket received"

# At the start of a subject, before a colon: no person writes so.
RESPONDER_PREFIXES = (
    *("automatic reply", "auto reply", "auto-reply", "autoreply", "auto response", "autoresponse"),
    *("auto-response", "automatic response", "out of office", "out of office autoreply"),
    *("out of office reply", "out-of-office", "ooo", "vacation reply", "automated reply"),
    *("automatische antwort", "automatische rückmeldung", "abwesenheitsnotiz", "autom. antwort"),
    *("abwesenheitsmeldung", "abwesenheitsbenachrichtigung", "abwesenheitsnachricht"),
    *("réponse automatique", "réponse d'absence", "message d'absence", "absence du bureau"),
    *("respuesta automática", "respuesta automatica", "fuera de la oficina"),
    *("risposta automatica", "fuori sede", "fuori ufficio", "risposta automatica fuori sede"),
    *("automatisch antwoord", "automatische beantwoording", "afwezigheidsbericht"),
    *("afwezigheidsmelding", "niet aanwezig", "automatisch bericht"),
    *("resposta automática", "resposta automatica", "ausência temporária", "fora do escritório"),
    *("odpowiedź automatyczna", "automatyczna odpowiedź", "autoodpowiedź", "poza biurem"),
    *("automatiskt svar", "autosvar", "frånvaromeddelande", "automatsvar"),
    *("automatisk svar", "autosvar", "fraværsbesked", "ikke på kontoret", "ikke til stede"),
    *("автоматический ответ", "автоответ", "автоответчик", "нет на работе", "вне офиса"),
    *("自動応答", "自動返信", "自動回答", "不在通知", "不在応答"),
    *("自动答复", "自动回复", "自動回覆", "自動答覆", "不在办公室", "外出自动回复"),
)
_PREFIX = re.compile(
    rf"\s*(?:(?:re|aw|fw|fwd)\s?:\s*)?(?:{'|'.join(map(re.escape, RESPONDER_PREFIXES))})\s?[:：]",
    re.IGNORECASE,
)
_OUT_OF_OFFICE = re.compile(
    r"out of (?:the )?office|on vacation|on holiday|annual leave|abwesenheit|nicht im büro"
    r"|absence du bureau|absent du bureau|en congés?\b|fuera de (?:la )?oficina|de vacaciones"
    r"|fuori (?:sede|ufficio)|in ferie|afwezig|niet op kantoor|fora do escritório|ausência"
    r"|de férias|nieobecn|poza biurem|na urlopie|frånvaro|inte på kontoret|på semester"
    r"|fravær|ikke på kontoret|på ferie|отсутств|в отпуске|вне офиса|不在|休暇中|外出|休假",
    re.IGNORECASE,
)
_TICKET_RECEIVED = re.compile(
    r"(?:ticket|request|case|message|e-?mail|enquiry|inquiry|support request)\b.{0,40}"
    r"\b(?:received|created|opened|logged|registered|acknowledg)"
    r"|\b(?:received|got) your (?:ticket|request|case|message|e-?mail|enquiry|inquiry)"
    r"|thank(?:s| you) for (?:contacting|your (?:request|message|e-?mail|enquiry|inquiry))"
    r"|acknowledge?ment of receipt|new ticket (?:created|opened|#)"
    r"|eingangsbestätigung|(?:anfrage|ticket|nachricht|anliegen)\b.{0,40}"
    r"(?:erhalten|eingegangen|erstellt|eröffnet|erfasst|angelegt)"
    r"|ihre? (?:anfrage|ticket) (?:bei|ist|wurde|wird)\b"
    r"|accusé de réception|(?:demande|ticket|message)\b.{0,40}(?:reçue?|créé|enregistré|bien été)"
    r"|acuse de recibo|(?:solicitud|ticket|incidencia|consulta)\b.{0,40}"
    r"(?:recibid[ao]|cread[ao]|registrad[ao])|hemos recibido"
    r"|(?:richiesta|ticket|segnalazione)\b.{0,40}(?:ricevut[ao]|apert[ao]|creat[ao]|registrat[ao])"
    r"|abbiamo ricevuto|conferma di ricezione"
    r"|ontvangstbevestiging|(?:aanvraag|ticket|verzoek|melding|bericht)\b.{0,40}"
    r"(?:ontvangen|aangemaakt|geregistreerd)"
    r"|(?:pedido|chamado|ticket|solicitação)\b.{0,40}(?:recebid[ao]|criad[ao]|registrad[ao]|abert[ao])"
    r"|recebemos|aviso de recepção"
    r"|potwierdzenie (?:otrzymania|przyjęcia|zgłoszenia)|otrzymaliśmy|zgłoszenie\b.{0,40}"
    r"(?:przyjęte|zarejestrowane|utworzone)"
    r"|(?:ärende|förfrågan|ticket)\b.{0,40}(?:mottag|skapa|registrera)|mottagningsbekräftelse"
    r"|vi har (?:mottagit|tagit emot|modtaget)|(?:sag|henvendelse|ticket)\b.{0,40}"
    r"(?:modtaget|oprettet)|kvittering for"
    r"|(?:заявка|обращение|запрос|тикет)\b.{0,40}(?:принят|получен|создан|зарегистрирован)"
    r"|мы получили|受付|受け付け|受領|お問い合わせ(?:を|いただき|ありがとう)"
    r"|已收到|收到您的|工单.{0,20}(?:创建|受理)|已受理|已建立|確認收到",
    re.IGNORECASE,
)

NO_REPLY = re.compile(
    r"(?:.*[._+-])?(?:no|do|nao|ne)[._-]?(?:not[._-]?)?"
    r"(?:reply|respond|responda|repondre)(?:[._+-].*)?"
    r"|bounces?|notifications?|notify|verify|verification|auth|login|signup|registration|mailer"
    r"|confirm(?:ation)?s?",
    re.IGNORECASE,
)
_CODE_WORDS = re.compile(
    r"(?:verification|security|confirmation|access|login|log-in|sign-?in|one-?time|authentication"
    r"|activation|pass)[ -]?(?:code|pin|password|passcode|link)|\botp\b|2fa|two-factor|magic link"
    r"|(?:verify|confirm|activate|validate) (?:your|this|the|you)\b|reset (?:your|the) password"
    r"|password reset|complete your (?:registration|sign)"
    r"|bestätigungscode|sicherheitscode|einmal(?:code|passwort|kennwort)|zugangscode|anmeldecode"
    r"|bestätig\w* (?:sie )?(?:ihre|deine|bitte)|(?:e-mail|adresse|konto) (?:zu )?bestätigen"
    r"|(?:passwort|kennwort) zurücksetzen|verifizierung"
    r"|code de (?:vérification|sécurité|confirmation)|confirme[rz] (?:votre|ton)|vérifie[rz] votre"
    r"|réinitialis\w+ (?:de )?(?:votre )?mot de passe|activez votre"
    r"|código de (?:verificación|seguridad|confirmación|acesso|verificação|segurança|confirmação)"
    r"|(?:verifi(?:ca|que)|confirm(?:a|e|ar)) (?:tu|su|o seu|seu|sua|a sua) "
    r"|restablec\w+ .{0,12}contraseña"
    r"|codice di (?:verifica|sicurezza|conferma)|(?:verifica|conferma) (?:il tuo|la tua|il suo)"
    r"|reimposta\w* .{0,8}password|verificatiecode|beveiligingscode|bevestig (?:je|uw)"
    r"|wachtwoord (?:opnieuw instellen|herstellen)|redefin\w+ .{0,10}senha"
    r"|kod (?:weryfikacyjny|bezpieczeństwa|potwierdzający|aktywacyjny)"
    r"|potwierdź (?:swój|adres|konto)"
    r"|zresetuj hasło|resetowanie hasła|verifieringskod|säkerhetskod|engångskod"
    r"|bekräfta (?:din|ditt)"
    r"|återställ .{0,6}lösenord|bekræftelseskode|sikkerhedskode|engangskode|bekræft din"
    r"|nulstil .{0,8}adgangskode|код (?:подтверждения|безопасности|доступа|активации)"
    r"|подтвердите (?:ваш|свой|адрес|регистрац)|сброс\w* пароля"
    r"|認証コード|確認コード|セキュリティコード"
    r"|ワンタイムパスワード|メールアドレスの確認|パスワードの再設定|验证码"
    r"|驗證碼|确认您的|確認您的|验证您的"
    r"|重置密码|重設密碼|激活您的",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"(?<![\d.,/:-])\d(?:[ -]?\d){3,7}(?![\d.,/:-]*\d)|\b[A-Z0-9]{3,5}-[A-Z0-9]{3,5}\b"
)
_LINK = re.compile(r"https?://", re.IGNORECASE)
LONGEST_TEXT = 4_000


def has_responder_prefix(subject: str) -> bool:
    """True for subjects such as `Automatic reply: …`, which only programs write."""
    return bool(_PREFIX.match(subject[:200]))


def wording_of(subject: str) -> str:
    """The wording of machines that a subject has; people write so too, now and then."""
    short = subject[:300]
    if _PREFIX.match(short) or _OUT_OF_OFFICE.search(short):
        return OUT_OF_OFFICE
    return TICKET_RECEIVED if _TICKET_RECEIVED.search(short) else ""


def is_secret_code(sender: Mailbox | None, subject: str, text: str, is_automatic: bool) -> bool:
    """A code or a link that proves whose mailbox this is, sent by a machine.

    Whoever can read it may pass for us elsewhere, so it is for few eyes.
    """
    local = sender.address.rpartition("@")[0] if sender else ""
    if not (is_automatic or NO_REPLY.fullmatch(local)):
        return False
    said = f"{subject[:300]}\n{text[:LONGEST_TEXT]}"
    return bool(_CODE_WORDS.search(said)) and bool(_CODE.search(said) or _LINK.search(said))
